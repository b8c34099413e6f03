// Every command that speaks to the queue, on a real Redis, beside a worker's view of the same site.
#include "queue/envelope.hpp"
#include "tests/integration/cli/program.hpp"
#include "tests/integration/queue/operator_world.hpp"

namespace dormouse::test {
namespace {

using namespace std::chrono_literals;
using queue::job_state;

class Cli : public queue::operator_world {
protected:
    Cli() : config{write_config(dir, server.url())} {}

    std::vector<std::string> with_config(std::vector<std::string> words) const {
        words.insert(words.end(), {"--config", config});
        return words;
    }
    ended call(const std::vector<std::string>& words, const std::string& input = {}) const {
        return run_program(with_config(words), input);
    }

    /// Admits and claims the one envelope that waits.
    queue::job admit_and_claim() {
        const auto intake = run(worker.peek(1, {})).value();
        const auto j = *queue::read_admitted(intake.envelopes.at(0));
        std::vector<queue::admission> batch{{queue::admission::verb::ready, j.id, j.queue, j.priority, j.key, {}, {}}};
        EXPECT_TRUE(run(worker.admit(intake.admitted, batch, false, base::system_clock().now(), {})));
        EXPECT_EQ(claim(), std::vector{j.id});
        return j;
    }
    bool intake_holds_one() { return say({"LLEN", names.in()}).integer() == 1; }

    temp_dir dir;
    std::string config;
};

std::string without_newline(std::string text) {
    if (text.ends_with('\n')) text.pop_back();
    return text;
}

// --- enqueue --------------------------------------------------------------------------------------------------

TEST_F(Cli, EnqueuePrintsTheIdOfASignedJob) {
    const auto r = call({"enqueue", "grant", "--args", R"({"user_id":5})", "--queue", "webhook", "--key", "g:5"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(r.err.empty()) << r.err;
    const queue::keyring keys{settings.queue.signing_keys};
    const auto bytes = say({"RPOP", names.in()});
    const auto j = queue::read_envelope(bytes.text(), keys, {"main"}, base::system_clock().now());
    ASSERT_TRUE(j) << j.error().detail;
    EXPECT_EQ(j->id + "\n", r.out);
    EXPECT_EQ(j->args.at("user_id").as_int64(), 5);
    EXPECT_EQ(j->key, "g:5");
}

TEST_F(Cli, EnqueueReadsArgumentsFromAFileOrStandardInput) {
    write_file(dir.path() / "args.json", R"({"from":"file"})");
    EXPECT_EQ(call({"enqueue", "grant", "--args", "@" + dir.file("args.json")}).code, 0);
    EXPECT_NE(say({"RPOP", names.in()}).text().find(R"("from":"file")"), std::string_view::npos);
    const auto r = call({"enqueue", "grant", "--args", "-", "--json"}, R"({"from":"input"})");
    EXPECT_EQ(r.code, 0);
    EXPECT_EQ(r.json().at("id").as_string().size(), 26U);
    EXPECT_NE(say({"RPOP", names.in()}).text().find(R"("from":"input")"), std::string_view::npos);
}

TEST_F(Cli, EnqueueWaitsForTheEndAndPrintsTheResult) {
    program_run waiting{with_config({"enqueue", "grant", "--queue", "webhook", "--wait"})};
    ASSERT_TRUE(eventually(20s, [&] { return intake_holds_one(); }));
    const auto j = admit_and_claim();
    settle({queue::settlement::verb::done, j.id, j.queue, j.priority, {}, {}, {}, R"({"status":200})"});
    const auto r = waiting.wait();
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(r.out, j.id + "\ndone: {\"status\":200}\n");
}

TEST_F(Cli, EnqueueFailsWhenTheJobItWaitsForDies) {
    program_run waiting{with_config({"enqueue", "grant", "--queue", "webhook", "--wait", "20s", "--json"})};
    ASSERT_TRUE(eventually(20s, [&] { return intake_holds_one(); }));
    const auto j = admit_and_claim();
    const auto past = queue::as_dead({}, "no_such_user", "user 5 is gone", base::system_clock().now());
    settle({queue::settlement::verb::dead, j.id, j.queue, j.priority, {}, {}, {}, queue::to_json(past)});
    const auto r = waiting.wait();
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.json().at("state"), "dead");
    EXPECT_EQ(r.json().at("history").at("dead_reason"), "no_such_user");
}

TEST_F(Cli, EnqueueSaysWhereTheJobIsWhenItHasNotEndedInTime) {
    const auto r = call({"enqueue", "grant", "--wait", "20ms"});
    EXPECT_EQ(r.code, 1);
    EXPECT_NE(r.err.find("is waiting in the intake after 20ms"), std::string::npos) << r.err;
}

TEST_F(Cli, EnqueueRefusesWhatCannotRunBeforeItTouchesRedis) {
    struct {
        std::vector<std::string> words;
        const char* says;
    } const cases[]{
        {{"enqueue", "Grant"}, "KIND: expected"},
        {{"enqueue", "grant", "--args", "[1]"}, "--args: expected a JSON object"},
        {{"enqueue", "grant", "--args", "@/no/such"}, "--args: cannot read the file '/no/such'"},
        {{"enqueue", "grant", "--in", "soon"}, "--in: expected a duration"},
        {{"enqueue", "grant", "--at", "2026-11-20"}, "--at: expected a time with a zone"},
        {{"enqueue", "grant", "--timeout", "2h"}, "--timeout: expected whole seconds"},
        {{"enqueue", "grant", "--prio", "urgent"}, "--prio: expected high"},
        {{"enqueue", "grant", "--key-id", "site-9"}, "has no key 'site-9'"},
        {{"enqueue", "grant", "--wait", "long"}, "--wait: expected a duration"},
    };
    for (const auto& c : cases) {
        const auto r = call(c.words);
        EXPECT_EQ(r.code, 2) << r.err;
        EXPECT_NE(r.err.find(c.says), std::string::npos) << r.err;
        EXPECT_TRUE(r.out.empty());
    }
    EXPECT_EQ(say({"EXISTS", names.in()}).integer(), 0);
}

// --- queues ---------------------------------------------------------------------------------------------------

TEST_F(Cli, QueuesPrintsATableWithTotals) {
    dead();
    running();
    ready();
    const auto r = call({"queues"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_TRUE(r.out.starts_with("QUEUE    READY  SCHEDULED")) << r.out;
    EXPECT_NE(r.out.find("webhook      1"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("\ntotal        1"), std::string::npos) << r.out;
    EXPECT_NE(r.out.find("intake 0, running 1 on 1 worker, done 0 kept, dead 1 (oldest "), std::string::npos) << r.out;
    EXPECT_EQ(r.out.find('\x1b'), std::string::npos) << "no colour in a file";
}

TEST_F(Cli, QueuesPrintsJson) {
    ready();
    const auto j = call({"queues", "--json"}).json();
    EXPECT_EQ(j.at("queues").at(0).at("queue"), "webhook");
    EXPECT_EQ(j.at("queues").at(0).at("ready"), 1);
    EXPECT_EQ(j.at("queues").at(0).at("paused"), false);
    EXPECT_EQ(j.at("workers"), 1);
}

TEST_F(Cli, QueuesWatchesUntilItIsEnded) {
    program_run watching{with_config({"queues", "--watch", "100ms", "--json"})};
    const auto lines = [&] {
        const auto out = watching.out();
        return std::count(out.begin(), out.end(), '\n');
    };
    EXPECT_TRUE(eventually(20s, [&] { return lines() >= 3; }));
    watching.process().signal(SIGTERM);
    EXPECT_EQ(watching.wait().code, 128 + SIGTERM);
    EXPECT_EQ(call({"queues", "--watch", "1ms"}).code, 2);
}

// --- jobs -----------------------------------------------------------------------------------------------------

TEST_F(Cli, JobsListShowsTheStateAskedFor) {
    const auto buried = dead();
    const auto waiting = ready();
    const auto r = call({"jobs", "list"});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_NE(r.out.find(waiting.id), std::string::npos);
    EXPECT_NE(r.out.find("webhook-delivery"), std::string::npos);
    EXPECT_EQ(r.out.find(buried.id), std::string::npos);

    const auto j = call({"jobs", "list", "--state", "dead", "--json"}).json();
    ASSERT_EQ(j.at("jobs").as_array().size(), 1U);
    EXPECT_EQ(j.at("jobs").at(0).at("id").as_string(), buried.id);
    EXPECT_EQ(j.at("jobs").at(0).at("reason"), "hook_gone");
    EXPECT_TRUE(j.at("next_offset").is_null());
}

TEST_F(Cli, JobsListSaysHowToGoOn) {
    for (int i = 0; i < 3; ++i) ready();
    const auto first = call({"jobs", "list", "--limit", "2"});
    EXPECT_NE(first.err.find("there are more: --offset 2"), std::string::npos) << first.err;
    const auto rest = call({"jobs", "list", "--limit", "2", "--offset", "2", "--json"}).json();
    EXPECT_EQ(rest.at("jobs").as_array().size(), 1U);
}

TEST_F(Cli, JobsListOfNothingPrintsNoData) {
    const auto r = call({"jobs", "list", "--state", "running"});
    EXPECT_EQ(r.code, 0);
    EXPECT_TRUE(r.out.empty());
    EXPECT_EQ(r.err, "no running jobs\n");
    EXPECT_EQ(call({"jobs", "list", "--queue", "nowhere"}).code, 3);
    EXPECT_EQ(call({"jobs", "list", "--limit", "5000"}).code, 2);
}

TEST_F(Cli, JobsShowTellsAllThatIsKnown) {
    auto j = make_job();
    j.key = "order:15";
    ready(j);
    const auto text = call({"jobs", "show", j.id});
    EXPECT_EQ(text.code, 0) << text.err;
    for (const auto* const fact : {"state           ready", "kind            webhook-delivery",
                                   "key             order:15", R"(args            {"hook_id":7})"})
        EXPECT_NE(text.out.find(fact), std::string::npos) << text.out;
    const auto by_key = call({"jobs", "show", "--key", "order:15", "--json"}).json();
    EXPECT_EQ(by_key.at("id").as_string(), j.id);
    EXPECT_EQ(by_key.at("job").at("args").at("hook_id"), 7);
}

TEST_F(Cli, WhatAJobSaysCannotReachTheTerminal) {
    auto j = make_job();
    const auto past = queue::as_dead({}, "refused", "\x1b]0;owned\x07 body", base::system_clock().now());
    running(j);
    settle({queue::settlement::verb::dead, j.id, j.queue, j.priority, {}, {}, {}, queue::to_json(past)});
    for (const auto& out : {call({"jobs", "show", j.id}).out, call({"jobs", "list", "--state", "dead"}).out})
        EXPECT_EQ(out.find_first_of("\x1b\x07"), std::string::npos) << out;
}

TEST_F(Cli, JobsThatAreNotThereAreNotFound) {
    const auto id = base::make_ulid(base::system_clock().now());
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"jobs", "show", id}, {"retry", id}, {"cancel", id}}) {
        const auto r = call(words);
        EXPECT_EQ(r.code, 3);
        EXPECT_NE(r.err.find("no job " + id + " here"), std::string::npos) << r.err;
    }
    for (const auto& words :
         std::vector<std::vector<std::string>>{{"jobs", "show", "7"}, {"retry", "7"}, {"cancel", "7"}}) {
        const auto r = call(words);
        EXPECT_EQ(r.code, 2);
        EXPECT_NE(r.err.find("'7' is not a job id"), std::string::npos) << r.err;
    }
    EXPECT_EQ(call({"jobs", "show", "--key", "nobody"}).code, 3);
}

// --- retry, cancel, pause, resume -----------------------------------------------------------------------------

TEST_F(Cli, RetryMakesADeadJobReady) {
    const auto j = dead();
    const auto r = call({"retry", j.id});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(without_newline(r.out), j.id + " is ready, was dead");
    EXPECT_EQ(claim(), std::vector{j.id});
}

TEST_F(Cli, RetryOfSeveralGoesOnAfterOneThatFails) {
    const auto waiting = scheduled();
    const auto ended_job = done();
    const auto r = call({"retry", ended_job.id, waiting.id, "--json"});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.json().at("id").as_string(), waiting.id);
    EXPECT_NE(r.err.find("job " + ended_job.id + " is done"), std::string::npos) << r.err;
}

TEST_F(Cli, RetryAllDeadCountsAndTellsWhatStayed) {
    dead();
    dead(make_job("grant"));
    const auto bad = quarantined(make_job(), "{}", "unsigned");
    const auto some = call({"retry", "--all-dead", "--kind", "grant"});
    EXPECT_EQ(some.code, 0) << some.err;
    EXPECT_EQ(some.out, "1 job is ready, 0 stayed dead\n");
    const auto rest = call({"retry", "--all-dead", "--json"});
    EXPECT_EQ(rest.code, 1);
    EXPECT_EQ(rest.json().at("requeued"), 1);
    EXPECT_EQ(rest.json().at("refusals").at(0).at("id").as_string(), bad.id);
}

TEST_F(Cli, CancelRemovesAJobThatWaits) {
    const auto j = ready();
    const auto r = call({"cancel", j.id});
    EXPECT_EQ(r.code, 0) << r.err;
    EXPECT_EQ(without_newline(r.out), j.id + " is cancelled, was ready");
    EXPECT_TRUE(claim().empty());
}

TEST_F(Cli, CancelOfARunningJobFailsAndSaysWhy) {
    const auto j = running();
    const auto r = call({"cancel", j.id});
    EXPECT_EQ(r.code, 1);
    EXPECT_EQ(r.err, "dormouse: job " + j.id +
                         " is running on worker w1 and cannot be cancelled now; wait for its attempt to end\n");
}

TEST_F(Cli, PauseAndResumeSayWhetherTheyChangedAnything) {
    EXPECT_EQ(call({"pause", "webhook"}).out, "webhook is paused\n");
    EXPECT_EQ(call({"pause", "webhook"}).out, "webhook was already paused\n");
    EXPECT_NE(call({"queues"}).out.find("paused"), std::string::npos);
    const auto j = call({"resume", "webhook", "--json"}).json();
    EXPECT_EQ(j.at("paused"), false);
    EXPECT_EQ(j.at("changed"), true);
    const auto unknown = call({"pause", "webhok"});
    EXPECT_EQ(unknown.code, 3);
    EXPECT_NE(unknown.err.find("there is no queue 'webhok'"), std::string::npos) << unknown.err;
    EXPECT_EQ(call({"resume", "a b"}).code, 2);
}

}  // namespace
}  // namespace dormouse::test
