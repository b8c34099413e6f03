// Whatever the bytes, an envelope is a job that can be written and read again, or a rejection with a reason.
#include "queue/envelope.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
    using namespace dormouse;
    static const queue::keyring keys{{{"k1", base::secret{"golden-signing-key-0123456789abcdef"}, {}}}};
    static const queue::admission_rules rules{.site = "main", .allow_unsigned = true};
    const base::time_ms now{base::ms{1'795'212'000'000}};
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};

    (void)queue::read_admitted(bytes);
    const auto job = queue::read_envelope(bytes, keys, rules, now);
    if (!job) {
        if (job.error().reason.empty()) std::abort();
        return 0;
    }
    const auto again = queue::read_envelope(queue::to_json(*job), keys, rules, now);
    if (!again) return again.error().reason == "too_large" ? 0 : (std::abort(), 0);
    if (again->id != job->id || again->kind != job->kind || again->key != job->key || again->queue != job->queue ||
        again->priority != job->priority || again->at != job->at || again->args != job->args)
        std::abort();
    return 0;
}
