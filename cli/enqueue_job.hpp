#pragma once
// From the words of `dormouse enqueue` to a signed envelope that admission will accept.

#include "base/clock.hpp"
#include "base/error.hpp"
#include "config/settings.hpp"

#include <iosfwd>
#include <optional>
#include <string>

namespace dormouse::cli {

/// As typed. Empty = not given.
struct job_words {
    std::string kind;
    std::string args = "{}";
    std::string key;
    std::string queue = "default";
    std::string priority = "normal";
    std::string at;
    std::string in;
    std::string timeout;
    std::optional<int> max_attempts;
};

struct signed_job {
    std::string id;
    std::string envelope;
};

/// Signs with the key of this id, or with the first that may enqueue the kind; not at all where only unsigned jobs are
/// possible. The envelope has passed the same judgement as at admission, so what cannot run is an error here:
/// invalid_argument or too_large, naming the option. `input` is read if `args` is "-".
[[nodiscard]] base::result<signed_job> make_signed_job(const job_words& words, const std::string& key_id,
                                                       const config::settings& settings, base::time_ms now,
                                                       std::istream& input);

}  // namespace dormouse::cli
