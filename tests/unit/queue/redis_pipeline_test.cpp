#include "queue/redis/pipeline.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace dormouse::queue::redis {
namespace {

using base::deadline;
using base::errc;
using namespace std::chrono_literals;

const auto epoch = deadline::clock_type::time_point{};

request_ptr ask(command_buffer c, deadline limit = deadline{}) {
    return std::make_shared<request>(std::move(c), limit);
}

request_ptr echo(std::string_view word) { return ask({"ECHO", word}); }

request_ptr batch_of_three() {
    command_buffer c;
    c.add({"A"}).add({"B"}).add({"C"});
    return ask(std::move(c));
}

bool failed_with(const request_ptr& r, errc e) { return r->finished && r->failure && *r->failure == e; }

struct RedisPipeline : testing::Test {
    pipeline line;
    finished_requests out;

    request_ptr push(request_ptr r) {
        line.push(r);
        return r;
    }
};

TEST_F(RedisPipeline, WritesOfConcurrentCallersAreOnePiece) {
    push(echo("1"));
    push(batch_of_three());
    EXPECT_TRUE(line.has_unsent());
    EXPECT_EQ(line.begin_write(), "*2\r\n$4\r\nECHO\r\n$1\r\n1\r\n*1\r\n$1\r\nA\r\n*1\r\n$1\r\nB\r\n*1\r\n$1\r\nC\r\n");
    EXPECT_FALSE(line.has_unsent());
    EXPECT_EQ(line.pending(), 2U);
    EXPECT_EQ(line.begin_write(), "");
}

TEST_F(RedisPipeline, AWriteIsBoundedButTakesOneRequestWhole) {
    const std::string big(pipeline::max_write_bytes * 2, 'x');
    const auto first = push(echo(big));
    const auto second = push(echo("small"));
    EXPECT_GT(line.begin_write().size(), big.size());
    EXPECT_TRUE(first->sent);
    EXPECT_FALSE(second->sent);
    EXPECT_NE(line.begin_write().find("small"), std::string::npos);
}

TEST_F(RedisPipeline, RepliesGoToTheirRequestsInOrderWhereverTheBytesAreCut) {
    const std::string bytes = "$1\r\n1\r\n+a\r\n-ERR b\r\n*1\r\n:3\r\n:99\r\n";
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        pipeline p;
        finished_requests done;
        const auto first = echo("1");
        const auto batch = batch_of_three();
        const auto last = echo("99");
        for (const auto& r : {first, batch, last}) p.push(r);
        (void)p.begin_write();
        ASSERT_TRUE(p.feed(std::string_view{bytes}.substr(0, cut), done));
        ASSERT_TRUE(p.feed(std::string_view{bytes}.substr(cut), done));
        ASSERT_EQ(done, (finished_requests{first, batch, last})) << "cut at " << cut;
        EXPECT_EQ(first->replies.at(0).text(), "1");
        EXPECT_EQ(batch->replies.at(0).text(), "a");
        EXPECT_TRUE(batch->replies.at(1).is_error());
        EXPECT_EQ(batch->replies.at(2)[0].integer(), 3);
        EXPECT_EQ(last->replies.at(0).integer(), 99);
        EXPECT_TRUE(p.empty());
        EXPECT_EQ(p.replies(), 5U);
    }
}

TEST_F(RedisPipeline, ByteByByteGivesTheSame) {
    const auto first = push(echo("1"));
    const auto batch = push(batch_of_three());
    (void)line.begin_write();
    for (const char c : std::string_view{"$1\r\n1\r\n+a\r\n+b\r\n+c\r\n"})
        ASSERT_TRUE(line.feed(std::string_view{&c, 1}, out));
    EXPECT_EQ(out, (finished_requests{first, batch}));
}

TEST_F(RedisPipeline, GarbageAtAnyStepFailsTheOneAnsweredAndTellsTheCallerToEndTheRest) {
    const std::vector<std::string> replies{"$1\r\n1\r\n", "+a\r\n", "+b\r\n", "+c\r\n", ":99\r\n"};
    for (std::size_t step = 0; step < replies.size(); ++step) {
        pipeline p;
        finished_requests done;
        const std::vector<request_ptr> all{echo("1"), batch_of_three(), echo("99")};
        for (const auto& r : all) p.push(r);
        (void)p.begin_write();
        for (std::size_t i = 0; i < step; ++i) ASSERT_TRUE(p.feed(replies[i], done));
        const auto broken = p.feed("!garbage\r\n", done);
        ASSERT_TRUE(broken.error() == errc::protocol) << "step " << step;
        const auto answered = done.size();
        p.fail_all(broken.error(), done);
        const std::size_t hit = step == 0 ? 0 : step < 4 ? 1 : 2;
        ASSERT_EQ(done, all);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i < hit) EXPECT_FALSE(all[i]->failure);
            if (i == hit) EXPECT_TRUE(failed_with(all[i], errc::protocol));
            if (i > hit) EXPECT_TRUE(failed_with(all[i], errc::connection_lost));
        }
        EXPECT_EQ(answered, hit + 1);
    }
}

TEST_F(RedisPipeline, ALossAtAnyStepTellsSentFromUnsent) {
    const auto sent = push(batch_of_three());
    (void)line.begin_write();
    ASSERT_TRUE(line.feed("+a\r\n+b\r\n", out));
    const auto unsent = push(echo("2"));
    line.fail_all({errc::connection_lost, "reset by peer"}, out);
    EXPECT_TRUE(failed_with(sent, errc::connection_lost));
    EXPECT_TRUE(failed_with(unsent, errc::unavailable));
    EXPECT_EQ(sent->failure->detail, "reset by peer");
    EXPECT_TRUE(line.empty());
}

TEST_F(RedisPipeline, AReplyNobodyAskedForIsAProtocolError) {
    EXPECT_TRUE(line.feed("+surprise\r\n", out).error() == errc::protocol);
    const auto queued = push(echo("not sent"));
    EXPECT_TRUE(line.feed("+surprise\r\n", out).error() == errc::protocol);
    EXPECT_FALSE(queued->finished);
}

TEST_F(RedisPipeline, AnErrorNobodyAskedForIsPassedOn) {
    const auto refused = line.feed("-ERR max number of clients reached\r\n", out);
    EXPECT_TRUE(refused.error() == errc::server_error);
    EXPECT_NE(refused.error().detail.find("max number of clients"), std::string::npos);
}

TEST_F(RedisPipeline, AReplyOverTheCapFailsItsRequestAsTooLarge) {
    pipeline small{1000};
    const auto hit = echo("1");
    const auto behind = echo("2");
    small.push(hit);
    small.push(behind);
    (void)small.begin_write();
    const auto broken = small.feed("$5000\r\n" + std::string(3000, 'x'), out);
    EXPECT_TRUE(broken.error() == errc::too_large);
    EXPECT_TRUE(failed_with(hit, errc::too_large));
    EXPECT_FALSE(behind->finished);
}

TEST_F(RedisPipeline, AFatalReplyFailsASingleCommandAsNotDoneAndEndsTheStream) {
    const auto write = push(echo("1"));
    const auto behind = push(echo("2"));
    (void)line.begin_write();
    EXPECT_TRUE(line.feed("-READONLY You can't write\r\n+ok\r\n", out).error() == errc::unavailable);
    EXPECT_TRUE(failed_with(write, errc::unavailable));
    EXPECT_FALSE(behind->finished);
    EXPECT_EQ(line.fatal().error_code(), "READONLY");
}

TEST_F(RedisPipeline, AFatalReplyInABatchLetsTheBatchFinishFirst) {
    const auto batch = push(batch_of_three());
    (void)line.begin_write();
    EXPECT_TRUE(line.feed("+a\r\n-LOADING x\r\n", out));
    EXPECT_TRUE(line.feed("+c\r\n", out).error() == errc::unavailable);
    ASSERT_TRUE(batch->finished);
    EXPECT_FALSE(batch->failure);
    EXPECT_EQ(batch->replies.size(), 3U);
}

TEST_F(RedisPipeline, WithdrawnBeforeTheWriteIsNeverSent) {
    const auto gone = push(echo("gone"));
    const auto stays = push(echo("stays"));
    line.withdraw(*gone);
    EXPECT_EQ(line.begin_write().find("gone"), std::string::npos);
    ASSERT_TRUE(line.feed("$5\r\nstays\r\n", out));
    EXPECT_EQ(out, finished_requests{stays});
}

TEST_F(RedisPipeline, WithdrawnAfterTheWriteIsReadAndThrownAway) {
    const auto gone = push(batch_of_three());
    const auto stays = push(echo("stays"));
    (void)line.begin_write();
    ASSERT_TRUE(line.feed("+a\r\n", out));
    line.withdraw(*gone);
    EXPECT_TRUE(line.is_awaited());
    ASSERT_TRUE(line.feed("+b\r\n+c\r\n$5\r\nstays\r\n", out));
    EXPECT_EQ(out, finished_requests{stays});
    EXPECT_EQ(stays->replies.at(0).text(), "stays");
    EXPECT_LE(gone->replies.size(), 1U);
    EXPECT_TRUE(line.empty());
}

TEST_F(RedisPipeline, WithdrawnRequestsAreNotAwaitedButStillPending) {
    const auto gone = push(echo("gone"));
    (void)line.begin_write();
    line.withdraw(*gone);
    EXPECT_FALSE(line.is_awaited());
    EXPECT_EQ(line.pending(), 1U);
    line.fail_all({errc::connection_lost}, out);
    EXPECT_TRUE(out.empty());
}

TEST_F(RedisPipeline, TheEarliestDeadlineIsThatOfAnyPendingRequest) {
    EXPECT_TRUE(line.earliest().is_never());
    push(ask({"A"}, deadline{epoch + 5s}));
    (void)line.begin_write();
    push(ask({"B"}, deadline{epoch + 3s}));
    EXPECT_EQ(line.earliest().at(), epoch + 3s);
}

TEST_F(RedisPipeline, OnlyWhatIsDueExpires) {
    const auto early = push(ask({"A"}, deadline{epoch + 1s}));
    const auto late = push(ask({"B"}, deadline{epoch + 2s}));
    (void)line.begin_write();
    const auto unsent = push(ask({"C"}, deadline{epoch + 1s}));
    EXPECT_FALSE(line.expire(epoch + 1s - 1ns, out));
    EXPECT_TRUE(line.expire(epoch + 1s, out));
    EXPECT_EQ(out, (finished_requests{early, unsent}));
    EXPECT_TRUE(failed_with(early, errc::timed_out));
    EXPECT_FALSE(late->finished);
}

TEST_F(RedisPipeline, AWithdrawnRequestStillHoldsTheStreamToItsDeadline) {
    const auto gone = push(ask({"A"}, deadline{epoch + 1s}));
    (void)line.begin_write();
    line.withdraw(*gone);
    EXPECT_TRUE(line.expire(epoch + 1s, out));
    EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace dormouse::queue::redis
