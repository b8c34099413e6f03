#pragma once
// The broker's words and replies without the network: what goes into `admit`, and how each script's answer is read.
// Pure. A reply of another form than its script makes is errc::protocol.

#include "queue/broker.hpp"
#include "queue/redis/reply.hpp"
#include "queue/script_words.hpp"

namespace dormouse::queue {

void write_admissions(script_words& words, const keys& names, const std::vector<admission>& batch);

/// `claims` receives the claimed ids in order.
[[nodiscard]] base::result<work_reply> read_work(redis::reply_view r, const std::vector<source>& sources,
                                                 std::vector<broker::claim>& claims);
/// Sorts a claimed job by its envelope into claimed, unreadable or gone.
void add_claimed(work_reply& reply, broker::claim c, redis::reply_view envelope);
[[nodiscard]] base::result<intake_batch> read_peek(const std::vector<redis::reply>& answers);
[[nodiscard]] base::result<admit_reply> read_admit(redis::reply_view r);
[[nodiscard]] base::result<beat_reply> read_beat(redis::reply_view r);
[[nodiscard]] base::result<recover_reply> read_recover(redis::reply_view r);
[[nodiscard]] std::vector<orphan> read_orphans(redis::reply_view ids, redis::reply_view envelopes,
                                               redis::reply_view histories);
[[nodiscard]] server_report read_report(std::string_view info);

}  // namespace dormouse::queue
