#pragma once
// The annotated example, as it is and with every commented-out setting switched on.

#include "tests/support/process.hpp"

#include <string>

namespace dormouse::config {

inline constexpr const char* example_path = DORMOUSE_SOURCE_DIR "/config/dormouse.example.yaml";

/// Secret files of the example, really there, in a folder of the test's own.
class example_file {
public:
    example_file();
    [[nodiscard]] std::string as_shipped() const;

    /// Without the comments; `#key: value` becomes `key: value`. The other two spellings of each secret stay out,
    /// because only one may be given.
    [[nodiscard]] std::string all_switched_on() const;

private:
    [[nodiscard]] std::string in_place(std::string text) const;
    test::temp_dir dir_;
};

}  // namespace dormouse::config
