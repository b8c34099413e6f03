// The schema is judged by python3-jsonschema, which knows nothing of us.

#include "config/load.hpp"
#include "tests/support/process.hpp"
#include "tests/unit/config/example_file.hpp"

#include <gmock/gmock.h>

namespace dormouse::config {
namespace {

using namespace std::chrono_literals;

// Prints one line for each document that is valid.
constexpr const char* validator = R"(
import json, sys, yaml, jsonschema
schema = json.load(open(sys.argv[1]))
jsonschema.Draft202012Validator.check_schema(schema)
checker = jsonschema.Draft202012Validator(schema)
for name in sys.argv[2:]:
    print("valid" if checker.is_valid(yaml.safe_load(open(name))) else "invalid")
)";

std::string judge(const std::vector<std::string>& documents) {
    const test::temp_dir dir;
    test::write_file(dir.file("schema.json"), json_schema());
    test::write_file(dir.file("validate.py"), validator);
    std::vector<std::string> argv{"/usr/bin/python3", dir.file("validate.py"), dir.file("schema.json")};
    for (const auto& text : documents) {
        argv.push_back(dir.file(std::to_string(argv.size()) + ".yaml"));
        test::write_file(argv.back(), text);
    }
    test::child_process python{argv, {.environment = {}, .output = dir.file("out"), .directory = {}}};
    EXPECT_EQ(python.wait(60s), 0) << test::read_file(dir.file("out"));
    return test::read_file(dir.file("out"));
}

TEST(JsonSchema, AcceptsTheExampleAndRefusesWhatTheLoaderRefuses) {
    const example_file example;
    EXPECT_EQ(judge({example.as_shipped(), example.all_switched_on(), "worker:\n", "worker: {slotz: 1}",
                     "worker: {slots: 0}", "worker: {lease: 12}", "worker: {lease: 1x}", "net: {allow_http: 'no'}",
                     "queue: {signing_keys: [{id: a}]}", "queue: {signing_keys: [{id: a, key_credential: k}]}",
                     "site: {name: Main}", "worker: {queues: {Mail: 1}}"}),
              "valid\nvalid\nvalid\ninvalid\ninvalid\ninvalid\ninvalid\ninvalid\ninvalid\nvalid\ninvalid\ninvalid\n");
}

}  // namespace
}  // namespace dormouse::config
