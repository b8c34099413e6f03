// Grants through the built program: two workers, one site.

#include "tests/e2e/stack.hpp"
#include "tests/support/site_double.hpp"

#include <gmock/gmock.h>

namespace dormouse::e2e {
namespace {

using test::site_double;
using testing::HasSubstr;
using testing::Not;

std::string section(const site_double& site) {
    return "kinds: {grant: {url: '" + site.url() + site_double::grant_path + "', key: " + site_double::grant_key +
           "}}\n";
}

queue::job grant(int person, const std::string& id, const std::string& key) {
    queue::job j;
    j.kind = "grant";
    j.key = key;
    j.args = {{"email", "student" + std::to_string(person) + "@example.com"},
              {"term_id", 15},
              {"duration", 1},
              {"units", "months"},
              {"external_id", id}};
    return j;
}

TEST(Kinds, GrantsOfOnePersonGoOneByOneAndTwoAtOnceInAllAcrossWorkers) {
    stack s;
    site_double site;
    site.fail({{"wait_ms", 20}, {"times", 1000}});
    s.allow_port(site.port());
    const auto one = s.start_worker({.name = "one", .sections = section(site)});
    const auto two = s.start_worker({.name = "two", .sections = section(site)});
    std::vector<queue::job> jobs;
    for (int n = 0; n < 30; ++n) {
        const auto id = "lead_" + std::to_string(n);
        jobs.push_back(grant(n % 3, id, "grant:e2e:" + id));
        // The same grant under another key: the queue cannot know, the site does.
        if (n % 10 == 0) jobs.push_back(grant(n % 3, id, "again:" + id));
    }
    const auto count = static_cast<std::int64_t>(jobs.size());
    const auto ids = s.enqueue(std::move(jobs));
    ASSERT_TRUE(s.wait_for_done(count)) << s.dormouse({"queues"}).text << one->log() << two->log();
    EXPECT_EQ(site.grants().size(), 30U);
    const auto most = site.most_at_once();
    EXPECT_EQ(most.person, 1);
    EXPECT_EQ(most.all, 2);
    EXPECT_THAT(s.dormouse({"jobs", "show", ids.front()}).text, HasSubstr("CODE-"));
    for (const auto* worker : {&one, &two}) EXPECT_THAT((*worker)->log(), Not(HasSubstr("CODE-")));
}

}  // namespace
}  // namespace dormouse::e2e
