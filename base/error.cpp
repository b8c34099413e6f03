#include "base/error.hpp"

#include <boost/asio/error.hpp>

namespace dormouse::base {

namespace {
class category final : public boost::system::error_category {
public:
    [[nodiscard]] const char* name() const noexcept override { return "dormouse"; }
    [[nodiscard]] std::string message(int value) const override {
        switch (static_cast<errc>(value)) {
            case errc::timed_out: return "timed out";
            case errc::connection_lost: return "connection lost";
            case errc::unavailable: return "unavailable";
            case errc::protocol: return "protocol violation";
            case errc::server_error: return "the server answered with an error";
            case errc::invalid_argument: return "invalid argument";
            case errc::not_found: return "not found";
            case errc::conflict: return "conflict";
            case errc::denied: return "denied";
            case errc::too_large: return "too large";
            case errc::cancelled: return "cancelled";
            case errc::io_error: return "input/output error";
        }
        return "unknown error";
    }
};
}  // namespace

const boost::system::error_category& dormouse_category() noexcept {
    static const category instance;
    return instance;
}

boost::system::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), dormouse_category()}; }

bool is_transient(const boost::system::error_code& code) noexcept {
    namespace ae = boost::asio::error;
    return code == errc::timed_out || code == errc::connection_lost || code == errc::unavailable ||
           code == ae::connection_refused || code == ae::connection_reset || code == ae::timed_out || code == ae::eof ||
           code == ae::host_unreachable || code == ae::network_unreachable || code == ae::broken_pipe ||
           code == ae::try_again;
}

std::string error::message() const {
    if (detail.empty()) return code.message();
    return detail + " (" + code.message() + ")";
}

void throw_exception_from_error(const error& e, const boost::source_location&) { throw failure(e); }

}  // namespace dormouse::base
