#include "tests/unit/house/include_rules.hpp"

#include "tests/support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace dormouse::house {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class HouseIncludes : public ::testing::Test {
protected:
    void plant(const std::string& file, const std::string& text) const {
        std::filesystem::create_directories((tree_.path() / file).parent_path());
        test::write_file(tree_.path() / file, text);
    }
    [[nodiscard]] std::vector<std::string> found() const { return broken_rules(tree_.path()); }

private:
    test::temp_dir tree_;
};

TEST_F(HouseIncludes, GoDownOnly) {
    EXPECT_GT(files_in_rooms(DORMOUSE_SOURCE_DIR), 150U);
    EXPECT_THAT(broken_rules(DORMOUSE_SOURCE_DIR), IsEmpty());
}

TEST_F(HouseIncludes, UpAndSidewaysAreFound) {
    plant("base/log.cpp", "#include \"base/log.hpp\"\n#include \"config/settings.hpp\"\n");
    plant("net/tls.cpp", "#include \"site/pool.hpp\"\n");
    plant("worker/lease.hpp", "#  include \"scheduler/tick.hpp\" // why not\n");
    plant("scheduler/tick.hpp", "#include <string>\n#include \"worker/lease.hpp\"\n");
    EXPECT_THAT(found(), ElementsAre("base/log.cpp:2: base may not include config/settings.hpp",
                                     "net/tls.cpp:1: net may not include site/pool.hpp",
                                     "scheduler/tick.hpp:2: scheduler may not include worker/lease.hpp",
                                     "worker/lease.hpp:1: worker may not include scheduler/tick.hpp"));
}

TEST_F(HouseIncludes, JobsSeeAJobButNotTheQueue) {
    plant("jobs/handler.hpp", "#include \"queue/job.hpp\"\n#include \"queue/outcome.hpp\"\n");
    plant("jobs/letter/handler.cpp", "#include \"queue/broker.hpp\"\n");
    EXPECT_THAT(found(), ElementsAre("jobs/letter/handler.cpp:1: jobs may not include queue/broker.hpp"));
}

TEST_F(HouseIncludes, DetoursAndTestsAreFound) {
    plant("net/a.cpp", "#include \"../site/pool.hpp\"\n#include \"net/../site/pool.hpp\"\n");
    plant("net/b.cpp", "#include \"tests/support/process.hpp\"\n");
    EXPECT_THAT(found(), ElementsAre("net/a.cpp:1: write the path from the root, not ../site/pool.hpp",
                                     "net/a.cpp:2: write the path from the root, not net/../site/pool.hpp",
                                     "net/b.cpp:1: the product does not include tests/support/process.hpp"));
}

TEST_F(HouseIncludes, LibrariesStayBehindTheirDoor) {
    plant("admin/server.cpp", "#include <boost/beast/http.hpp>\n#include <boost/asio.hpp>\n");
    plant("admin/server.hpp", "#include <boost/beast/http.hpp>\n");
    plant("queue/redis/reader.cpp", "#include <hiredis/read.h>\n");
    plant("queue/broker.cpp", "#include <hiredis/hiredis.h>\n");
    plant("scheduler/ticks.cpp", "#include <date/tz.h>\n");
    plant("scheduler/time_zone.cpp", "#include <date/tz.h>\n");
    plant("site/pool.hpp", "#include <cppconn/driver.h>\n");
    EXPECT_THAT(found(), ElementsAre("admin/server.hpp:1: boost/beast/http.hpp belongs into (net|admin)/.*\\.cpp",
                                     "queue/broker.cpp:1: hiredis/hiredis.h belongs into queue/redis/.*\\.cpp",
                                     "scheduler/ticks.cpp:1: date/tz.h belongs into scheduler/time_zone\\.cpp",
                                     "site/pool.hpp:1: cppconn/driver.h belongs into site/.*\\.cpp"));
}

TEST_F(HouseIncludes, KeyNamesHaveOnePlace) {
    plant("queue/keys.hpp", "auto k = \"dormouse:{x}\";\n");
    plant("worker/lanes.cpp", "\n\nauto k = \"dormouse:{x}\";\n");
    EXPECT_THAT(found(), ElementsAre("worker/lanes.cpp:3: key names are made in queue/keys.hpp"));
}

}  // namespace
}  // namespace dormouse::house
