#include "net/exchange.hpp"

#include "net/response_reader.hpp"
#include "net/watchdog.hpp"

#include <boost/asio/ssl/error.hpp>

#include <array>

namespace dormouse::net {

namespace {

namespace asio = boost::asio;
using state = response_reader::state;

void fail(exchange& out, failure_class c, std::string detail) {
    out.failed = c;
    out.detail = std::move(detail);
}

// True for the errors of a connection that the peer had closed already.
bool is_gone(const boost::system::error_code& code) {
    return code == asio::error::eof || code == asio::error::connection_reset || code == asio::error::broken_pipe ||
           code == asio::ssl::error::stream_truncated;
}

struct sent {
    boost::system::error_code code;  ///< None: everything was written.
    bool timed_out = false;
};

base::awaitable<sent> send(connection& c, const message& m, watchdog& dog, exchange& out) {
    dog.arm(m.total.at_most(m.limits.write));
    // TLS counts plain bytes only after a whole record has gone out, so an attempt counts as "maybe" at once.
    if (c.is_tls()) out.progress = progress::maybe;
    const auto written = co_await c.write({asio::buffer(m.head), asio::buffer(m.body)});
    if (written.bytes > 0) out.progress = progress::maybe;
    co_return sent{written.code, dog.fired()};
}

// Why reading ended early, for body_error and detail.
std::string reason(const connection::io& got, bool timed_out, const message& m, bool started) {
    if (!timed_out) return got.code.message();
    if (m.total.is_reached()) return "the time limit of the request passed";
    return started ? "the receiver fell silent in its response" : "the receiver did not answer in time";
}

// Reads until the response is over one way or another. `first` is the limit of the first byte.
base::awaitable<boost::system::error_code> receive(connection& c, const message& m, base::deadline first, watchdog& dog,
                                                   response_reader& reader) {
    std::array<char, 16 * 1024> buffer;  // NOLINT: filled before it is read
    dog.arm(first);
    for (auto now = state::wants_more; now == state::wants_more;) {
        const auto got = co_await c.read_some(asio::buffer(buffer));
        if (is_end_of_stream(got.code)) {
            reader.end_of_stream();
            co_return got.code;
        }
        if (got.code) {
            reader.give_up(reason(got, dog.fired(), m, reader.started()));
            co_return got.code;
        }
        now = reader.feed({buffer.data(), got.bytes});
        if (now == state::wants_more) dog.arm(m.total.at_most(m.limits.gap));
    }
    dog.disarm();
    co_return boost::system::error_code{};
}

// From what was read to the words of the answer tables.
void conclude(response_reader& reader, const boost::system::error_code& code, bool timed_out, exchange& out) {
    if (reader.has_status()) out.progress = progress::answered;
    const auto why = reader.problem();
    if (code == asio::error::operation_aborted && !timed_out) {
        fail(out, failure_class::cancelled, "cancelled");
    } else if (reader.current() == state::invalid) {
        fail(out, failure_class::bad_response, why);
    } else if (reader.current() == state::closed) {
        fail(out, timed_out ? failure_class::timeout : failure_class::reset, why);
    }
    if (out.progress == progress::answered) out.response = reader.take();
}

}  // namespace

base::awaitable<conversation_end> converse(connection& c, const message& m, exchange& out) {
    watchdog dog{c.socket()};
    response_reader reader{m.is_head_request, m.most_body};
    ++c.requests;
    const auto written = co_await send(c, m, dog, out);
    if (written.code == asio::error::operation_aborted && !written.timed_out) {
        fail(out, failure_class::cancelled, "cancelled");
        co_return conversation_end::over;
    }
    // A receiver may refuse early (413) and close without reading on: its answer may be there all the same.
    auto first = m.total.at_most(m.limits.first_byte);
    if (written.code) first = base::deadline::after(std::min(m.limits.first_byte, base::ms{500}));
    const auto code = co_await receive(c, m, first, dog, reader);
    if (!reader.started() && (is_gone(code) || is_gone(written.code)) && !dog.fired() && !written.timed_out &&
        out.reused)
        co_return conversation_end::stale;
    conclude(reader, code, dog.fired(), out);
    if (written.code && out.failed != failure_class::none && out.failed != failure_class::cancelled)
        fail(out, written.timed_out ? failure_class::timeout : failure_class::reset,
             written.timed_out ? "the request could not be written in time" : written.code.message());
    co_return !written.code && reader.reusable() ? conversation_end::reusable : conversation_end::over;
}

}  // namespace dormouse::net
