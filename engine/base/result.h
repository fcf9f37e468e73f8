#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace pons {

/// What went wrong, what the engine shall do about it, and what a person shall fix. Expected failures are Faults;
/// bugs and a lost database are exceptions.
struct Fault {
  enum class Kind {
    refused,      // the input breaks a rule: trying again will not help
    unavailable,  // the other side is down: trying again may help
    conflict,     // two records disagree: a person decides
  };

  Kind kind = Kind::refused;
  std::string text;   // for the person who must fix it; may hold patient data, so it never goes to a log
  std::string field;  // where in the message, in path language: "PID-3", "ORC[2]-1"; empty: the whole message
  std::string line;   // where in the configuration: "routes/ris-orders.yaml:12"; empty: a rule of the engine's own
  int code = 207;     // HL7 table 0357 (100 to 207)
};

inline Fault refused(std::string text, std::string field = {}, int code = 207) {
  return {Fault::Kind::refused, std::move(text), std::move(field), {}, code};
}
inline Fault unavailable(std::string text) {
  return {Fault::Kind::unavailable, std::move(text), {}, {}, 207};
}
inline Fault conflict(std::string text, std::string field = {}) {
  return {Fault::Kind::conflict, std::move(text), std::move(field), {}, 207};
}

/// A value or a Fault. Reading the value of a failed Result is a bug.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Fault fault) : state_(std::move(fault)) {}

  explicit operator bool() const { return std::holds_alternative<T>(state_); }
  T& operator*() & { return get(); }
  const T& operator*() const& { return get(); }
  T&& operator*() && { return std::move(get()); }
  T* operator->() { return &get(); }
  const T* operator->() const { return &get(); }
  const Fault& fault() const { return std::get<Fault>(state_); }

 private:
  T& get() {
    assert(*this);
    return std::get<T>(state_);
  }
  const T& get() const {
    assert(*this);
    return std::get<T>(state_);
  }

  std::variant<T, Fault> state_;
};

/// Success without a value, or a Fault.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Fault fault) : fault_(std::move(fault)) {}

  explicit operator bool() const { return !fault_; }
  const Fault& fault() const { return *fault_; }

 private:
  std::optional<Fault> fault_;
};

}  // namespace pons
