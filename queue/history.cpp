#include "queue/history.hpp"

#include "base/redact.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace dormouse::queue {

namespace {

namespace json = boost::json;
constexpr std::size_t longest_error = 500;
constexpr std::size_t longest_state = 1024;

std::string text_of(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string{v->get_string()} : std::string{};
}

int count_of(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_int64() ? static_cast<int>(v->get_int64()) : 0;
}

std::optional<base::time_ms> time_of(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    if (v == nullptr || !v->is_int64()) return std::nullopt;
    return base::from_epoch_ms(v->get_int64());
}

// Cuts before a UTF-8 continuation byte, so that the text stays valid JSON.
std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    auto end = most;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
    text.resize(end);
    return text;
}

std::string for_people(const std::string& reason, const std::string& detail) {
    return cut(base::redact(detail.empty() ? reason : reason + ": " + detail), longest_error);
}

void note_failure(history& h, const std::string& reason, const std::string& detail, base::time_ms now) {
    auto text = for_people(reason, detail);
    h.deferred_because.clear();
    if (!h.first_failure) {
        h.first_failure = now;
        h.first_error = text;
    }
    h.last_failure = now;
    h.last_error = std::move(text);
}

}  // namespace

std::string to_json(const history& h) {
    json::object o;
    const auto add_count = [&](std::string_view name, int value) {
        if (value != 0) o[name] = value;
    };
    const auto add_time = [&](std::string_view name, const std::optional<base::time_ms>& t) {
        if (t) o[name] = base::to_epoch_ms(*t);
    };
    const auto add_text = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) o[name] = value;
    };
    add_count("attempts", h.attempts);
    add_count("crashes", h.crashes);
    add_count("defers", h.defers);
    add_time("first_at", h.first_failure);
    add_time("last_at", h.last_failure);
    add_text("first", h.first_error);
    add_text("last", h.last_error == h.first_error ? std::string{} : h.last_error);
    add_text("defer", h.deferred_because);
    add_text("dead", h.dead_reason);
    add_text("state", h.state);
    return json::serialize(o);
}

history read_history(std::string_view text) {
    history h;
    if (text.empty()) return h;
    // Texts of errors may quote a stranger's bytes. They must never cost the counts beside them.
    json::parse_options any_bytes;
    any_bytes.allow_invalid_utf8 = true;
    boost::system::error_code code;
    const auto v = json::parse(text, code, {}, any_bytes);
    if (code || !v.is_object()) return h;
    const auto& o = v.get_object();
    h.attempts = count_of(o, "attempts");
    h.crashes = count_of(o, "crashes");
    h.defers = count_of(o, "defers");
    h.first_failure = time_of(o, "first_at");
    h.last_failure = time_of(o, "last_at");
    h.first_error = text_of(o, "first");
    h.last_error = text_of(o, "last");
    if (h.last_error.empty()) h.last_error = h.first_error;
    h.deferred_because = text_of(o, "defer");
    h.dead_reason = text_of(o, "dead");
    h.state = text_of(o, "state");
    return h;
}

history after_outcome(history h, const outcome& o, base::time_ms now) {
    if (o.what == outcome::verb::defer) {
        ++h.defers;
        h.deferred_because = for_people(o.reason, o.detail);
    } else {
        ++h.attempts;
        note_failure(h, o.reason, o.detail, now);
    }
    h.state = cut(o.state, longest_state);
    return h;
}

history after_crash(history h, base::time_ms now) {
    ++h.crashes;
    note_failure(h, "worker_died", "the worker's lease ended without an outcome", now);
    return h;
}

history as_dead(history h, std::string reason, const std::string& detail, base::time_ms now) {
    note_failure(h, reason, detail, now);
    h.dead_reason = std::move(reason);
    return h;
}

}  // namespace dormouse::queue
