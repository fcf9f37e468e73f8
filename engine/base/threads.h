#pragma once

#include <exception>
#include <thread>
#include <utility>
#include <vector>

namespace pons {

/// One more of them. False: none is to be had, and those that run go on without it.
template <class Work>
bool add_thread(std::vector<std::thread>& threads, Work work) {
  try {
    threads.emplace_back(std::move(work));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace pons
