/// Runs one target over its corpus, then for some seconds over mutations of it, with no more than a compiler. It keeps
/// the input of a crash, of a run over a second, and of one that takes more memory than an input of its size may.
///
///   fuzz_hl7_read [--seconds N] [--seed N] [--kept FOLDER] [FILE OR FOLDER...]
///
/// FUZZ_SECONDS is the default of --seconds; PONS_CORPUS names further folders, divided by colons. A file alone runs
/// alone: `fuzz_hl7_read --seconds 0 kept/hl7_read-1234` repeats what was found.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/fuzz/property.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" {
void __sanitizer_set_death_callback(void (*callback)());
int __sanitizer_install_malloc_and_free_hooks(void (*malloc_hook)(const volatile void*, std::size_t),
                                              void (*free_hook)(const volatile void*));
std::size_t __sanitizer_get_allocated_size(const volatile void* block);
const char* __asan_default_options() {
  return "max_allocation_size_mb=256:detect_stack_use_after_return=1";
}
}
#endif

namespace {

using Clock = std::chrono::steady_clock;
namespace fs = std::filesystem;

constexpr std::size_t kLongest = 64 * 1024;           // of a mutated input
constexpr double kSlowest = 1, kLongestSilence = 20;  // seconds of work, and of waiting, of one run
constexpr std::size_t kBase = 32 << 20;               // memory of one run: the groups of a message may take as much
constexpr std::size_t kTimesInput = 200;              // a parsed element is some 150 bytes

std::string g_kept;             // where the input goes when it breaks something
const char* g_input = nullptr;  // of the run that is going on
std::size_t g_size = 0;

/// Called in a signal handler, too: no allocation, no lock.
void keep_input() {
  static std::atomic_flag kept = ATOMIC_FLAG_INIT;
  if (!g_input || kept.test_and_set()) return;
  const int file = open(g_kept.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  const bool written = file >= 0 && write(file, g_input, g_size) == static_cast<ssize_t>(g_size);
  std::fprintf(stderr, "%s the input, %zu bytes: %s\n", written ? "kept" : "could not keep", g_size, g_kept.c_str());
}

void on_signal(int signal) {
  keep_input();
  std::signal(signal, SIG_DFL);
  raise(signal);
}

[[noreturn]] void give_up(const char* why) {
  std::fprintf(stderr, "broken: %s\n", why);
  keep_input();
  _exit(1);
}

// Memory that a run holds at the same time.
std::atomic<std::int64_t> g_held = 0, g_most = 0;

#if defined(__SANITIZE_ADDRESS__)
void on_malloc(const volatile void*, std::size_t size) {
  const auto held = g_held.fetch_add(static_cast<std::int64_t>(size)) + static_cast<std::int64_t>(size);
  for (auto most = g_most.load(); held > most && !g_most.compare_exchange_weak(most, held);) {
  }
}
void on_free(const volatile void* block) {
  if (block) g_held.fetch_sub(static_cast<std::int64_t>(__sanitizer_get_allocated_size(block)));
}
#endif

void listen_to_the_end() {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_set_death_callback(keep_input);
  __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
  std::signal(SIGABRT, on_signal);
#else
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(signal, on_signal);
#endif
}

/// Of the whole process, so that a busy machine is no slow target.
double work() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Ends the process when one run does not end.
class Watch {
 public:
  void begin() {
    work_ = work();
    began_ = Clock::now().time_since_epoch().count();
  }
  void end() { began_ = 0; }
  double used() const { return work() - work_; }

 private:
  void watch() const {
    while (true) {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      const auto began = began_.load();
      if (began == 0) continue;
      const double used = work() - work_;
      const Clock::duration waited = Clock::now().time_since_epoch() - Clock::duration(began);
      if (began != began_) continue;
      if (used > kSlowest) give_up("a run takes more than a second of work");
      if (waited > std::chrono::duration<double>(kLongestSilence)) give_up("a run hangs");
    }
  }

  std::atomic<Clock::rep> began_ = 0;
  std::atomic<double> work_ = 0;
  std::thread thread_{[this] { watch(); }};
};

void run(const std::string& input) {
  static auto* watch = new Watch;  // its thread lives as long as the process
  g_input = input.data();
  g_size = input.size();
  const auto before = g_held.load();
  g_most = before;
  watch->begin();
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  if (watch->used() > kSlowest) give_up("a run takes more than a second of work");
  watch->end();
  if (g_most - before > static_cast<std::int64_t>(kBase + kTimesInput * input.size()))
    give_up("a run takes more memory than an input of its size may");
  g_input = nullptr;
}

class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, std::uint64_t seed) : seeds_(seeds), random_(seed) {}

  std::string next() {
    std::string input = any_seed();
    for (std::size_t left = below(1u << below(5)) + 1; left > 0; --left) change(input);
    if (input.size() > kLongest) input.resize(kLongest);
    return input;
  }

 private:
  std::size_t below(std::size_t limit) { return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random_); }
  const std::string& any_seed() { return seeds_[below(seeds_.size())]; }
  char any_byte() { return static_cast<char>(below(256)); }

  /// A place in it, and how much from there.
  std::pair<std::size_t, std::size_t> part_of(const std::string& text) {
    const std::size_t at = below(text.size() + 1);
    const std::size_t most = std::min<std::size_t>(text.size() - at, below(4) == 0 ? 4096 : 24);
    return {at, below(most + 1)};
  }

  void change(std::string& input) {
    if (input.empty()) input = any_token();
    const auto [at, count] = part_of(input);
    switch (below(10)) {
      case 0:
        return flip(input);
      case 1:
        input[below(input.size())] = any_byte();
        return;
      case 2:
        input.erase(at, count);
        return;
      case 3:
        input.insert(at, input.substr(below(input.size()), count));
        return;
      case 4:
        return repeat(input, at, count);
      case 5:
        input.insert(at, any_token());
        return;
      case 6:
        return overwrite(input, at);
      case 7:
        return splice(input, at);
      case 8:
        input.replace(at, count, any_token());
        return;
      case 9:
        input.insert(at, 1, any_byte());
        return;
    }
  }

  void flip(std::string& input) {
    char& byte = input[below(input.size())];
    byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1u << below(8)));
  }

  void repeat(std::string& input, std::size_t at, std::size_t count) {
    const std::string part = input.substr(at, count);
    const std::size_t times = std::size_t{1} << below(below(8) == 0 ? 14 : 5);
    std::string repeated;
    for (std::size_t i = 0; i < times && repeated.size() < kLongest; ++i) repeated += part;
    input.insert(at, repeated);
  }

  void overwrite(std::string& input, std::size_t at) {
    const std::string token = any_token();
    input.replace(at, std::min(token.size(), input.size() - at), token);
  }

  /// The end of another seed, or a piece from within it.
  void splice(std::string& input, std::size_t at) {
    const std::string& other = any_seed();
    const auto [from, count] = part_of(other);
    if (below(2) == 0)
      input = input.substr(0, at) + other.substr(from);
    else
      input.insert(at, other.substr(from, count));
  }

  std::string any_token() {
    using namespace std::string_literals;
    static const std::vector<std::string> tokens{"|",
                                                 "^",
                                                 "~",
                                                 "\\",
                                                 "&",
                                                 "#",
                                                 "\r",
                                                 "\n",
                                                 "\r\n",
                                                 "\x0b",
                                                 "\x1c",
                                                 "\x1c\r",
                                                 "\t",
                                                 " ",
                                                 "\"\"",
                                                 "\"",
                                                 "\0"s,
                                                 "\rMSH|^~\\&|",
                                                 "\rPID|",
                                                 "\rORC|NW|",
                                                 "\rOBR|1|",
                                                 "\rOBX|1|",
                                                 "\rNTE|",
                                                 "\rZDS|",
                                                 "\nOBX|",
                                                 "\nPID",
                                                 "\\X0D\\",
                                                 "\\E\\",
                                                 "\\F\\",
                                                 "\\.br\\",
                                                 "\\.sp99\\",
                                                 "\\X",
                                                 "[*]",
                                                 "[+]",
                                                 "[last]",
                                                 "[5 = MR]",
                                                 "[1.2 != \"x\"]",
                                                 "(0)",
                                                 "-1",
                                                 ".1",
                                                 "PID-3",
                                                 "0",
                                                 "1",
                                                 "-1",
                                                 "255",
                                                 "65535",
                                                 "99999",
                                                 "2147483647",
                                                 "2147483648",
                                                 "4294967295",
                                                 "4294967296",
                                                 "9223372036854775808",
                                                 "18446744073709551616",
                                                 "1e999",
                                                 "\xff",
                                                 "\xff\xff",
                                                 "\xff\xff\xff\xff",
                                                 "\0\0"s,
                                                 "\0\0\0\0"s,
                                                 "\x7f\xff\xff\xff",
                                                 "\xff\xff\xff\x7f",
                                                 "\xfe\xff\x00\xe0"s,
                                                 "\xfe\xff\x0d\xe0"s,
                                                 "\xfe\xff\xdd\xe0"s,
                                                 "SQ\0\0\xff\xff\xff\xff"s,
                                                 "UN\0\0"s,
                                                 "OB\0\0"s,
                                                 "PN",
                                                 "LO",
                                                 "\xEF\xBB\xBF",
                                                 "\xC3\xA9",
                                                 "\xC3",
                                                 "\xF0\x9F\x98\x80",
                                                 "\xED\xA0\x80",
                                                 "\xE2\x80\xA8",
                                                 "1.2.840.10008.1.2.1.99",
                                                 "UNICODE UTF-8",
                                                 "8859/1",
                                                 "{",
                                                 "}",
                                                 "(",
                                                 ")",
                                                 "[",
                                                 "]",
                                                 ", ",
                                                 ": ",
                                                 "'",
                                                 "- ",
                                                 "?",
                                                 " and ",
                                                 " or ",
                                                 " not ",
                                                 " = ",
                                                 " in (",
                                                 "text(\"{",
                                                 "()",
                                                 "exists(",
                                                 "MSH",
                                                 "ISO_IR 192",
                                                 "ISO 2022 IR 87",
                                                 "\x1b$B",
                                                 "GB18030"};
    return tokens[below(tokens.size())];
  }

  const std::vector<std::string>& seeds_;
  std::mt19937_64 random_;
};

struct Options {
  double seconds = 10;
  std::uint64_t seed = std::random_device{}();
  std::string kept = ".";
  std::vector<fs::path> places;
};

void add_folders(std::vector<fs::path>& places, const std::string& divided_by_colons) {
  std::istringstream folders(divided_by_colons);
  for (std::string folder; std::getline(folders, folder, ':');)
    if (!folder.empty()) places.emplace_back(folder);
}

Options read(int count, char** words) {
  Options options;
  if (const char* seconds = std::getenv("FUZZ_SECONDS")) options.seconds = std::atof(seconds);
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const bool takes_value = word == "--seconds" || word == "--seed" || word == "--kept";
    if (takes_value && ++i == count) throw std::invalid_argument(word + " needs a value");
    if (word == "--seconds")
      options.seconds = std::stod(words[i]);
    else if (word == "--seed")
      options.seed = std::stoull(words[i]);
    else if (word == "--kept")
      options.kept = words[i];
    else
      options.places.emplace_back(word);
  }
  if (!options.places.empty()) return options;
  add_folders(options.places, PONS_FUZZ_CORPUS);
  if (const char* further = std::getenv("PONS_CORPUS")) add_folders(options.places, further);
  return options;
}

std::vector<fs::path> files_in(const std::vector<fs::path>& places) {
  std::vector<fs::path> files;
  for (const auto& place : places) {
    if (!fs::is_directory(place))
      files.push_back(place);
    else
      for (const auto& entry : fs::recursive_directory_iterator(place))
        if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> seeds_in(const std::vector<fs::path>& places) {
  std::vector<std::string> seeds;
  for (const auto& path : files_in(places)) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error("cannot read " + path.string());
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return seeds;
}

int fuzz(const Options& options, const std::string& target) {
  g_kept = options.kept + "/" + target + "-" + std::to_string(getpid());
  const auto seeds = seeds_in(options.places);
  if (seeds.empty()) throw std::runtime_error("no seeds");
  std::printf("%s: %zu seeds, then %.0f s from --seed %llu\n", target.c_str(), seeds.size(), options.seconds,
              static_cast<unsigned long long>(options.seed));
  std::fflush(stdout);
  listen_to_the_end();
  for (const auto& seed : seeds) run(seed);

  Mutator mutator(seeds, options.seed);
  std::uint64_t runs = 0;
  const auto began = Clock::now();
  const auto past = [&] { return std::chrono::duration<double>(Clock::now() - began).count(); };
  for (; past() < options.seconds; ++runs) run(mutator.next());
  if (options.seconds > 0)
    std::printf("%s: %llu runs, %.0f a second, nothing found\n", target.c_str(), static_cast<unsigned long long>(runs),
                static_cast<double>(runs) / past());
  return 0;
}

}  // namespace

int main(int count, char** words) {
  try {
    return fuzz(read(count, words), fs::path(words[0]).filename().string().substr(std::strlen("fuzz_")));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
