// A cron expression behind eight bytes of time and one for the zone: what is accepted has a next and a previous tick,
// and they agree.
#include "scheduler/ticks.hpp"

#include <array>
#include <cstdlib>
#include <cstring>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse;
    using std::chrono::milliseconds;
    constexpr std::array zones{"UTC",          "Europe/Berlin",       "America/Sao_Paulo",
                               "Pacific/Apia", "Australia/Lord_Howe", "-3.5"};
    constexpr std::size_t head = 9;
    if (size < head) return 0;
    std::uint64_t number = 0;
    std::memcpy(&number, data, sizeof number);
    // 2010 to 2040, where the zones' clocks change.
    const auto now = base::from_epoch_ms(1'262'304'000'000 + static_cast<std::int64_t>(number % 946'684'800'000));
    const auto zone = scheduler::time_zone::find(zones[data[head - 1] % zones.size()]).value();
    const std::string_view text{reinterpret_cast<const char*>(data + head), size - head};
    (void)scheduler::time_zone::find(text);
    const auto expression = scheduler::cron_expression::parse(text);
    if (!expression) return 0;
    const auto next = next_after(*expression, zone, now);
    const auto previous = previous_at_or_before(*expression, zone, now);
    if (next <= now || previous > now || next_after(*expression, zone, previous) != next ||
        previous_at_or_before(*expression, zone, next - milliseconds{1}) != previous)
        std::abort();
    return 0;
}
