#include "queue/schedule_record.hpp"

#include "base/redact.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <charconv>

namespace dormouse::queue {

namespace {

namespace json = boost::json;
using outcome = schedule_event::outcome;

constexpr std::size_t longest_note = 500;
constexpr std::array outcomes{outcome::enqueued, outcome::skipped,    outcome::done,
                              outcome::failed,   outcome::unfinished, outcome::lost};

std::string text(base::time_ms t) { return std::to_string(base::to_epoch_ms(t)); }
std::string text(const std::optional<base::time_ms>& t) { return t ? text(*t) : std::string{}; }

std::int64_t number(std::string_view digits) {
    std::int64_t out = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return out;
}
base::time_ms time(std::string_view digits) { return base::from_epoch_ms(number(digits)); }

std::string note_of(const std::string& note) {
    auto out = base::redact(note);
    if (out.size() <= longest_note) return out;
    auto end = longest_note;
    while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0U) == 0x80U) --end;
    out.resize(end);
    return out;
}

std::string text_in(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_string() ? std::string{v->get_string()} : std::string{};
}
std::optional<std::int64_t> number_in(const json::object& o, std::string_view name) {
    const auto* v = o.if_contains(name);
    return v != nullptr && v->is_int64() ? std::optional{v->get_int64()} : std::nullopt;
}

}  // namespace

std::string_view to_string(outcome o) noexcept {
    switch (o) {
        case outcome::enqueued: return "enqueued";
        case outcome::skipped: return "skipped";
        case outcome::done: return "done";
        case outcome::failed: return "failed";
        case outcome::unfinished: return "unfinished";
        case outcome::lost: return "lost";
    }
    return "";
}

std::string to_json(const schedule_event& e) {
    json::object o{{"what", to_string(e.what)}, {"tick", base::to_epoch_ms(e.tick)}, {"at", base::to_epoch_ms(e.at)}};
    if (e.begun) o["begun"] = base::to_epoch_ms(*e.begun);
    if (!e.note.empty()) o["note"] = note_of(e.note);
    if (!e.job.empty()) o["job"] = e.job;
    if (!e.owner.empty()) o["owner"] = e.owner;
    if (e.by_operator) o["by"] = "operator";
    if (e.tries != 1) o["tries"] = e.tries;
    return json::serialize(o);
}

std::optional<schedule_event> read_schedule_event(std::string_view line) {
    // A note may quote a stranger's bytes.
    json::parse_options any_bytes;
    any_bytes.allow_invalid_utf8 = true;
    boost::system::error_code code;
    const auto v = json::parse(line, code, {}, any_bytes);
    if (code || !v.is_object()) return std::nullopt;
    const auto& o = v.get_object();
    const auto what = text_in(o, "what");
    const auto tick = number_in(o, "tick");
    const auto at = number_in(o, "at");
    const auto* const known =
        std::find_if(outcomes.begin(), outcomes.end(), [&](auto w) { return to_string(w) == what; });
    if (known == outcomes.end() || !tick || !at) return std::nullopt;
    schedule_event e{*known, base::from_epoch_ms(*tick), base::from_epoch_ms(*at)};
    if (const auto begun = number_in(o, "begun")) e.begun = base::from_epoch_ms(*begun);
    e.note = text_in(o, "note");
    e.job = text_in(o, "job");
    e.owner = text_in(o, "owner");
    e.by_operator = text_in(o, "by") == "operator";
    e.tries = static_cast<int>(number_in(o, "tries").value_or(1));
    return e;
}

schedule_fields identity_of(const schedule_record& r) {
    return {{"definition", r.definition},
            {"settled", r.definition.empty() ? std::string{} : text(r.settled)},
            {"paused", text(r.paused)},
            {"wanted", text(r.wanted)},
            {"run", r.run ? r.run->id : std::string{}},
            {"run_lease", r.run ? text(r.run->lease) : std::string{}}};
}

schedule_fields fields_of(const schedule_run& run) {
    return {{"run", run.id},
            {"run_tick", text(run.tick)},
            {"run_begun", text(run.begun)},
            {"run_owner", run.owner},
            {"run_lease", text(run.lease)},
            {"run_tries", std::to_string(run.tries)},
            {"run_by", run.by_operator ? "operator" : ""}};
}

schedule_fields no_run() { return {{"run", ""}, {"run_lease", ""}, {"run_owner", ""}}; }

schedule_record read_schedule_record(const schedule_fields& fields) {
    const auto value = [&](std::string_view name) -> std::string {
        for (const auto& [field, v] : fields)
            if (field == name) return v;
        return {};
    };
    const auto when = [&](std::string_view name) {
        const auto digits = value(name);
        return digits.empty() ? std::nullopt : std::optional{time(digits)};
    };
    schedule_record r;
    r.definition = value("definition");
    r.settled = time(value("settled"));
    r.paused = when("paused");
    r.wanted = when("wanted");
    r.fired = when("fired");
    r.job = value("job");
    if (auto id = value("run"); !id.empty())
        r.run = schedule_run{std::move(id),
                             time(value("run_tick")),
                             time(value("run_begun")),
                             value("run_owner"),
                             time(value("run_lease")),
                             static_cast<int>(number(value("run_tries"))),
                             value("run_by") == "operator"};
    return r;
}

}  // namespace dormouse::queue
