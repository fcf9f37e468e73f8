#include "engine/base/random.h"

#include <random>

namespace pons {

double SystemRandom::unit() {
  std::random_device device;
  return std::generate_canonical<double, 32>(device);
}

}  // namespace pons
