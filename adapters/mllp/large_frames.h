#pragma once

#include <cstddef>
#include <list>
#include <mutex>

namespace pons {

/// What large frames hold of memory together, over all connections of an inlet, until they are handed in (P11). Where
/// they hold too much, only the one that began first is read on, so that it comes to its end; TCP keeps the others
/// waiting. Safe from many threads.
class LargeFrames final {
 public:
  explicit LargeFrames(std::size_t bound) : bound_(bound) {}

  /// What one connection holds.
  class Share final {
   public:
    explicit Share(LargeFrames& all) : all_(all) {}
    ~Share() { hold(0, 0); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// Bytes of a frame that has not ended, and of the message that is being handed in.
    void hold(std::size_t unfinished, std::size_t whole);
    /// False: it waits until there is room.
    bool may_grow() const;

   private:
    friend class LargeFrames;
    LargeFrames& all_;
    std::size_t unfinished_ = 0, whole_ = 0;  // its own thread's; zero where they are not large
  };

 private:
  const std::size_t bound_;   // bytes
  mutable std::mutex mutex_;  // guards what follows
  std::size_t held_ = 0;
  std::list<const Share*> growing_;  // in the order in which they became large
};

}  // namespace pons
