#include "queue/broker_replies.hpp"

#include "queue/history.hpp"

#include <map>
#include <set>

namespace dormouse::queue {

namespace {

base::error malformed(std::string_view script) {
    return {base::errc::protocol, "the answer of script " + std::string{script} + " has another form"};
}

std::string own(redis::reply_view v) { return std::string{v.text()}; }
std::uint64_t count(redis::reply_view v) { return static_cast<std::uint64_t>(std::max<std::int64_t>(0, v.integer())); }
base::time_ms time(redis::reply_view v) { return base::from_epoch_ms(v.integer()); }

std::vector<std::string> texts(redis::reply_view list) {
    std::vector<std::string> out;
    out.reserve(list.size());
    for (const auto v : list) out.push_back(own(v));
    return out;
}

}  // namespace

void write_admissions(script_words& words, const keys& names, const std::vector<admission>& batch) {
    using verb = admission::verb;
    // Jobs of one list travel together; within a list the order of arrival is kept.
    std::map<std::pair<verb, std::size_t>, std::vector<std::size_t>> groups;
    std::set<std::string> lanes;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto& a = batch[i];
        std::size_t dest = 0;
        if (a.what == verb::ready)
            dest = words.key(a.lane.empty() ? names.ready(a.queue, a.priority) : names.lane(a.queue, a.lane));
        if (a.what == verb::ready && !a.lane.empty()) lanes.insert(lane_member(a.queue, a.lane));
        if (a.what == verb::later) dest = words.key(names.later(a.queue));
        groups[{a.what, dest}].push_back(i);
    }
    words.arg(lanes.size());
    for (const auto& lane : lanes) words.arg(words.keep(lane));
    words.arg(groups.size());
    for (const auto& [group, places] : groups) {
        words.arg(group.first == verb::ready ? "r" : group.first == verb::later ? "l" : "d");
        words.arg(group.second);
        words.arg(places.size());
        for (const auto place : places) {
            const auto& a = batch[place];
            const bool dead = a.what == verb::dead;
            words.arg(place + 1);
            words.arg(a.id);
            if (a.what == verb::later)
                words.arg(words.keep(std::to_string(base::to_epoch_ms(a.due)) + ":" + std::to_string(a.priority) + ":" +
                                     a.key));
            else
                words.arg(dead ? a.text : a.key);
        }
    }
}

base::result<work_reply> read_work(redis::reply_view r, const std::vector<source>& sources,
                                   std::vector<broker::claim>& claims) {
    if (r.size() != 6) return malformed("work");
    auto field = r.begin();
    work_reply out;
    out.claims_per_source.resize(sources.size());
    out.lease_known = (*field++).integer() == 1;
    out.now = time(*field++);
    if (const auto due = *field++; due.integer() >= 0) out.next_due = time(due);
    out.more = (*field++).integer() == 1;
    out.lost = texts(*field++);
    const auto triples = *field;
    if (triples.size() % 3 != 0) return malformed("work");
    claims.reserve(triples.size() / 3);
    for (auto it = triples.begin(); it != triples.end();) {
        const auto source = static_cast<std::size_t>((*it++).integer());
        if (source == 0 || source > out.claims_per_source.size()) return malformed("work");
        ++out.claims_per_source[source - 1];
        auto id = own(*it++);
        if (sources[source - 1].lines) out.with_places.insert(id);
        claims.push_back({std::move(id), own(*it++)});
    }
    return out;
}

void add_claimed(work_reply& reply, broker::claim c, redis::reply_view envelope) {
    if (envelope.is_nil()) {
        reply.gone.push_back(std::move(c.id));
        return;
    }
    auto read = read_admitted(envelope.text());
    // A quarantined envelope has no id of its own to compare.
    if (!read || (!read->id.empty() && read->id != c.id)) {
        reply.unreadable.push_back(std::move(c.id));
        return;
    }
    read->id = std::move(c.id);
    reply.claimed.push_back({std::move(*read), read_history(c.past)});
}

base::result<intake_batch> read_peek(const std::vector<redis::reply>& answers) {
    for (const auto& a : answers)
        if (a.is_error()) return redis::to_error(a);
    const auto& clock = answers[0];
    intake_batch out;
    out.now = base::from_epoch_ms(clock[0].number().value_or(0) * 1000 + clock[1].number().value_or(0) / 1000);
    out.admitted = answers[1].is_nil() ? "0" : std::string{answers[1].text()};
    const auto& entries = answers[2];
    out.envelopes.resize(entries.size());
    std::size_t from_oldest = entries.size();
    for (const auto e : entries) out.envelopes[--from_oldest] = own(e);
    return out;
}

base::result<admit_reply> read_admit(redis::reply_view r) {
    if (r.size() < 2 || (r.size() - 2) % 3 != 0) return malformed("admit");
    admit_reply out{time(r[0]), r[1].integer() == 0, {}};
    for (std::size_t i = 2; i < r.size(); i += 3)
        out.exceptions.push_back(
            {static_cast<std::size_t>(r[i].integer() - 1), r[i + 1].integer() == 3, own(r[i + 2])});
    return out;
}

base::result<beat_reply> read_beat(redis::reply_view r) {
    if (r.size() != 5) return malformed("beat");
    beat_reply out;
    auto field = r.begin();
    out.held = (*field++).integer() == 1;
    out.now = time(*field++);
    out.epoch = own(*field++);
    out.ended = texts(*field++);
    for (const auto member : *field) out.lanes.push_back(split_lane_member(member.text()));
    return out;
}

base::result<recover_reply> read_recover(redis::reply_view r) {
    recover_reply out;
    if (r.size() == 1 && r[0].integer() == -1) {
        out.alive = true;
        return out;
    }
    if (r.size() != 2) return malformed("recover");
    out.taken = count(r[0]);
    out.jobs_left = count(r[1]);
    return out;
}

std::vector<orphan> read_orphans(redis::reply_view ids, redis::reply_view envelopes, redis::reply_view histories) {
    std::vector<orphan> out;
    out.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        orphan o;
        o.id = own(ids[i]);
        o.exists = !envelopes[i].is_nil();
        if (o.exists) {
            auto envelope = read_admitted(envelopes[i].text());
            o.readable = envelope.has_value();
            if (envelope) o.job.job = std::move(*envelope);
            o.job.job.id = o.id;
            o.job.history = read_history(histories[i].text());
        }
        out.push_back(std::move(o));
    }
    return out;
}

server_report read_report(std::string_view info) {
    server_report out;
    const auto value_of = [&](std::string_view name) -> std::string {
        const auto at = info.find("\n" + std::string{name} + ":");
        if (at == std::string_view::npos) return {};
        const auto from = at + name.size() + 2;
        return std::string{info.substr(from, info.find_first_of("\r\n", from) - from)};
    };
    out.maxmemory_policy = value_of("maxmemory_policy");
    out.aof = value_of("aof_enabled") == "1";
    out.loading = value_of("loading") == "1";
    out.master = value_of("role") != "slave";
    out.version = value_of("redis_version");
    return out;
}

}  // namespace dormouse::queue
