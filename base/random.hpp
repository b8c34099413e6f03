#pragma once
// Randomness as a dependency, so that jitter can be tested. Not for keys: OpenSSL makes those.

#include <cstdint>
#include <random>

namespace dormouse::base {

class random_source {
public:
    virtual ~random_source() = default;
    [[nodiscard]] virtual std::uint64_t next() = 0;

    /// Uniform in [low, high); `low` when the range is empty.
    [[nodiscard]] double uniform(double low, double high);
};

/// Seeded from the system unless a seed is given. Not thread-safe: one per event loop.
class random_engine final : public random_source {
public:
    random_engine();
    explicit random_engine(std::uint64_t seed) : engine_{seed} {}
    [[nodiscard]] std::uint64_t next() override { return engine_(); }

private:
    std::mt19937_64 engine_;
};

/// Unpredictable bytes from the system, for ids and nonces. Throws `failure` if the system has none.
void fill_random(unsigned char* out, std::size_t size);

}  // namespace dormouse::base
