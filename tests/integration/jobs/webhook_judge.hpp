#pragma once
// The npm library `standardwebhooks` judges what a receiver recorded (tests/node).

#include "tests/support/receiver_zoo.hpp"

#include <string>
#include <vector>

namespace dormouse::test {

struct judged {
    recorded_request request;
    std::string secret;
    std::string format{};  ///< "raw" = the secret is text; empty = base64 behind `whsec_`.
};

/// "genuine", or why not, for each. Throws std::runtime_error if the judge cannot be asked.
[[nodiscard]] std::vector<std::string> judge(const std::vector<judged>& cases);

}  // namespace dormouse::test
