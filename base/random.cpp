#include "base/random.hpp"

#include "base/error.hpp"

#include <openssl/rand.h>

namespace dormouse::base {

double random_source::uniform(double low, double high) {
    if (!(high > low)) return low;
    const double unit = static_cast<double>(next() >> 11U) * 0x1.0p-53;
    return low + (high - low) * unit;
}

random_engine::random_engine() : engine_{std::random_device{}()} {}

void fill_random(unsigned char* out, std::size_t size) {
    if (RAND_bytes(out, static_cast<int>(size)) != 1) throw failure{error{errc::unavailable, "no system randomness"}};
}

}  // namespace dormouse::base
