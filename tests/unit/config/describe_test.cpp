#include "config/describe.hpp"

#include "config/load.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>

#include <boost/json/serialize.hpp>

#include <cstdlib>
#include <set>

namespace dormouse::config {
namespace {

using testing::HasSubstr;

TEST(EffectiveSettings, AreAValidFileThemselves) {
    settings s;
    s.queue.allow_unsigned = true;
    s.worker.slots = 7;
    s.worker.queues = {{"z", 3}, {"a", 1}};
    const auto written = boost::json::serialize(to_json(s));
    const auto read = load_text(written, "effective");
    ASSERT_TRUE(read.problems.empty()) << read.problems.front().message();
    EXPECT_EQ(boost::json::serialize(to_json(read.settings)), written);
}

TEST(ConfigReference, EveryKeyIsExplainedInASentence) {
    std::set<std::string> seen;
    for (const auto& key : all_keys()) {
        EXPECT_TRUE(seen.insert(key.path).second) << key.path;
        EXPECT_TRUE(key.doc.ends_with('.')) << key.path << ": " << key.doc;
        EXPECT_EQ(key.doc.find_first_of("\n|"), std::string::npos) << key.path;
        EXPECT_FALSE(key.accepts.empty()) << key.path;
    }
    EXPECT_GT(seen.size(), 60U);
}

TEST(ConfigReference, PageIsMadeFromTheTable) {
    const std::string page = DORMOUSE_SOURCE_DIR "/docs/configuration.md";
    if (std::getenv("DORMOUSE_UPDATE_DOCS") != nullptr) test::write_file(page, reference_page());
    EXPECT_EQ(test::read_file(page), reference_page()) << "run: DORMOUSE_UPDATE_DOCS=1 ctest -R ConfigReference";
    EXPECT_THAT(reference_page(), HasSubstr("| `queue.signing_keys[].id` | 1 to 32 characters of A-Z, a-z, 0-9, _ and "
                                            "- (required) |  | Name of the key"));
}

}  // namespace
}  // namespace dormouse::config
