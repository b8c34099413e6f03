#include "jobs/api/companion.hpp"

#include <chrono>

namespace dormouse::jobs::api {

using namespace std::chrono_literals;

request companion_request(const config::companion_settings& s, std::string_view path) {
    request r;
    r.method = "GET";
    r.url = s.url + std::string{path};
    r.headers = {{"X-Dormouse-Key", std::string{s.key.reveal()}}};
    r.limits = limits_of(10s, 8s, 5s);
    return r;
}

}  // namespace dormouse::jobs::api
