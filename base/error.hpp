#pragma once
// The program's own error codes and the way expected failures travel: by value, as `result<T>`.
// Broken invariants are exceptions. `operation_aborted` means "cancelled" and is never logged as an error.

#include <boost/assert/source_location.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace dormouse::base {

enum class errc {
    timed_out = 1,     ///< A deadline passed before an answer came.
    connection_lost,   ///< The peer or the network ended a connection; the effect of what was sent is unknown.
    unavailable,       ///< Nobody answered, or the answer was "not now"; nothing was done.
    protocol,          ///< The peer said something its protocol does not allow.
    server_error,      ///< The server understood and answered with an error.
    invalid_argument,  ///< What the caller or the user gave is wrong; the detail names it.
    not_found,         ///< The named thing does not exist.
    conflict,          ///< The named thing is in a state that does not allow this.
    denied,            ///< Credentials or permissions are missing.
    too_large,         ///< A size limit was passed; the detail names limit and size.
    cancelled,         ///< The caller withdrew the request.
    io_error,          ///< A local file or socket failed.
};

[[nodiscard]] const boost::system::error_category& dormouse_category() noexcept;
[[nodiscard]] boost::system::error_code make_error_code(errc e) noexcept;

/// True where the same call may succeed later without anybody changing anything.
[[nodiscard]] bool is_transient(const boost::system::error_code& code) noexcept;

/// A code for programs and a sentence for people. `detail` names the file, line, key or id; never a secret.
struct error {
    boost::system::error_code code;
    std::string detail;

    error() = default;
    error(boost::system::error_code c, std::string d = {}) : code{c}, detail{std::move(d)} {}
    error(errc e, std::string d = {}) : code{make_error_code(e)}, detail{std::move(d)} {}

    /// `detail (code message)`, or the code's message alone.
    [[nodiscard]] std::string message() const;
    friend bool operator==(const error& a, errc b) noexcept { return a.code == make_error_code(b); }
};

template <class T>
using result = boost::system::result<T, error>;

/// The error, ready to be returned from a function whose result has another value type.
template <class T>
[[nodiscard]] error fail(result<T>&& r) {
    return std::move(r).error();
}

/// Only whether it went well.
template <class T>
[[nodiscard]] result<void> without_value(result<T>&& r) {
    if (!r) return fail(std::move(r));
    return {};
}

/// Thrown by `result::value()` on an error: for main() and tests.
class failure : public std::exception {
public:
    explicit failure(error e) : error_{std::move(e)}, text_{error_.message()} {}
    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }
    [[nodiscard]] const error& get() const noexcept { return error_; }

private:
    error error_;
    std::string text_;
};

[[noreturn]] void throw_exception_from_error(const error& e, const boost::source_location& where);

}  // namespace dormouse::base

template <>
struct boost::system::is_error_code_enum<dormouse::base::errc> : std::true_type {};
