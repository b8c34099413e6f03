#include "base/process_name.hpp"

#include "base/digest.hpp"
#include "base/random.hpp"

#include <unistd.h>

#include <array>

namespace dormouse::base {

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

std::string unique_process_name(std::string_view stem) {
    std::array<unsigned char, 3> nonce{};
    fill_random(nonce.data(), nonce.size());
    return std::string{stem} + "-" + std::to_string(getpid()) + "-" + to_hex(nonce);
}

}  // namespace dormouse::base
