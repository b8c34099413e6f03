#include "net/response_reader.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <algorithm>
#include <optional>

namespace dormouse::net {

namespace {

namespace http = boost::beast::http;
using boost::beast::string_view;
using error_code = boost::system::error_code;

// Beast tells its finds to these overrides; the caps that it does not know end the parse with an error.
class message_parser final : public http::basic_parser<false> {
public:
    message_parser(bool to_head, std::size_t most_body) : most_body_{most_body} {
        header_limit(max_response_head_bytes);
        body_limit(boost::none);  // ours cuts, Beast's would discard a response whose status is already known
        eager(true);
        skip(to_head);
    }

    response out;
    bool http_1_1 = false;
    bool over_body_cap = false;
    bool over_field_cap = false;
    int length_fields = 0;

private:
    std::size_t most_body_;

    void on_response_impl(int code, string_view, int version, error_code& ec) override {
        if (code < 100) {
            ec = http::error::bad_status;
            return;
        }
        out.status = code;
        http_1_1 = version == 11;
    }

    void on_field_impl(http::field name, string_view name_text, string_view value, error_code& ec) override {
        if (is_header_done()) return;  // a trailer
        if (name == http::field::content_length) ++length_fields;
        if (out.headers.size() == max_response_headers) {
            over_field_cap = true;
            ec = http::error::header_limit;
            return;
        }
        out.headers.emplace_back(name_text, value);
    }

    std::size_t append(string_view bytes, error_code& ec) {
        const auto room = most_body_ - out.body.size();
        out.body.append(bytes.data(), std::min(bytes.size(), room));
        if (bytes.size() > room) {
            over_body_cap = true;
            ec = http::error::body_limit;
        }
        return bytes.size();
    }

    std::size_t on_body_impl(string_view bytes, error_code& ec) override { return append(bytes, ec); }
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& ec) override {
        return append(bytes, ec);
    }

    void on_request_impl(http::verb, string_view, string_view, int, error_code&) override {}
    void on_header_impl(error_code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    void on_finish_impl(error_code&) override {}
};

// "HTTP/1.x NNN" and a line end: what is left of a response whose headers broke off. Beast may parse it only
// together with the last header.
std::optional<int> status_of(std::string_view head) {
    const auto line = head.substr(0, head.find("\r\n"));
    if (line.size() == head.size() || line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return {};
    int status = 0;
    for (const char c : line.substr(9, 3)) {
        if (c < '0' || c > '9') return {};
        status = status * 10 + (c - '0');
    }
    if (status < 200 || (line.size() > 12 && line[12] != ' ')) return {};
    return status;
}

}  // namespace

class response_reader::impl {
public:
    impl(bool to_head, std::size_t most_body) : to_head_{to_head}, most_body_{most_body} {
        parser_.emplace(to_head_, most_body_);
    }

    state feed(std::string_view bytes) {
        started_ = true;
        total_ += bytes.size();
        pending_.append(bytes);
        while (state_ == state::wants_more && !pending_.empty() && parse_some()) {
        }
        // Chunk sizes, extensions and trailers count nowhere else.
        if (state_ == state::wants_more && total_ > 4 * most_body_)
            finish(has_status() ? state::cut : state::invalid, "the response is over its size limit");
        return state_;
    }

    state end_of_stream() {
        if (state_ != state::wants_more) return state_;
        error_code ec;
        if (parser_->is_header_done()) {
            parser_->put_eof(ec);
            closing_ = true;
            if (!ec) return finish(state::complete, {});
        }
        return give_up("the connection was closed before the response was complete");
    }

    state give_up(std::string why) {
        if (state_ != state::wants_more) return state_;
        return finish(has_status() ? state::cut : state::closed, std::move(why));
    }

    [[nodiscard]] bool has_status() const noexcept {
        const int status = parser_->out.status;
        return status >= 200 || (status == 0 && status_of(pending_).has_value());
    }

    [[nodiscard]] bool reusable() const {
        return state_ == state::complete && pending_.empty() && !closing_ && parser_->length_fields < 2;
    }

    [[nodiscard]] response take() {
        auto out = std::move(parser_->out);
        if (out.status == 0) out.status = status_of(pending_).value_or(0);
        out.body_complete = state_ == state::complete;
        if (!out.body_complete) out.body_error = problem_;
        return out;
    }

    bool started_ = false;
    state state_ = state::wants_more;
    std::string problem_;

private:
    // One turn of the parser; false when it needs more bytes.
    bool parse_some() {
        error_code ec;
        const auto used = parser_->put({pending_.data(), pending_.size()}, ec);
        pending_.erase(0, used);
        if (ec == http::error::need_more) return false;
        if (ec) {
            fail(ec);
            return false;
        }
        if (parser_->is_done()) return message_done();
        return used > 0;
    }

    // True when it was an interim response and the next message may follow.
    bool message_done() {
        const int status = parser_->out.status;
        if (status >= 200) {
            closing_ = !parser_->keep_alive() || !parser_->http_1_1;
            finish(state::complete, {});
            return false;
        }
        if (status == 101) {
            finish(state::invalid, "101 Switching Protocols, which was not asked for");
        } else if (++interim_ > max_interim_responses) {
            finish(state::invalid, "more than " + std::to_string(max_interim_responses) + " interim responses");
        } else {
            parser_.emplace(to_head_, most_body_);
            return true;
        }
        return false;
    }

    void fail(const error_code& ec) {
        if (parser_->over_body_cap) {
            finish(state::cut, "the body is longer than 64 KiB");
        } else if (parser_->over_field_cap) {
            finish(state::invalid, "more than 100 headers");
        } else if (parser_->is_header_done() && parser_->out.status >= 200) {
            finish(state::cut, "the body is malformed: " + ec.message());
        } else {
            finish(state::invalid, "the response is not HTTP/1.1: " + ec.message());
        }
    }

    state finish(state s, std::string why) {
        problem_ = std::move(why);
        return state_ = s;
    }

    bool to_head_;
    std::size_t most_body_;
    bool closing_ = false;
    int interim_ = 0;
    std::size_t total_ = 0;
    std::string pending_;
    std::optional<message_parser> parser_;
};

response_reader::response_reader(bool to_head, std::size_t most_body)
    : impl_{std::make_unique<impl>(to_head, most_body)} {}
response_reader::~response_reader() = default;

response_reader::state response_reader::feed(std::string_view bytes) { return impl_->feed(bytes); }
response_reader::state response_reader::end_of_stream() { return impl_->end_of_stream(); }
response_reader::state response_reader::give_up(std::string why) { return impl_->give_up(std::move(why)); }
response_reader::state response_reader::current() const noexcept { return impl_->state_; }
bool response_reader::started() const noexcept { return impl_->started_; }
bool response_reader::has_status() const noexcept { return impl_->has_status(); }
bool response_reader::reusable() const { return impl_->reusable(); }
const std::string& response_reader::problem() const noexcept { return impl_->problem_; }
response response_reader::take() { return impl_->take(); }

}  // namespace dormouse::net
