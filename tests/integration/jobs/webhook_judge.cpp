#include "tests/integration/jobs/webhook_judge.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <sstream>
#include <stdexcept>

namespace dormouse::test {

namespace {

// npm may have to download once per build tree.
constexpr std::chrono::minutes patience{2};

void run_program(const std::vector<std::string>& argv, const std::string& output) {
    child_process program{argv, {.environment = {}, .output = output, .directory = {}}};
    const auto status = program.wait(patience);
    if (status != 0)
        throw std::runtime_error{argv.front() + " ended with " + std::to_string(status.value_or(-1)) + ":\n" +
                                 read_file(output)};
}

}  // namespace

std::vector<std::string> judge(const std::vector<judged>& cases) {
    const std::string node_dir = DORMOUSE_NODE_DIR;
    temp_dir dir;
    run_program({std::string{DORMOUSE_SOURCE_DIR} + "/tests/node/install", node_dir}, dir.file("install.log"));

    boost::json::array all;
    for (const auto& c : cases) {
        boost::json::object headers;
        for (const auto& [name, value] : c.request.headers) headers[name] = value;
        all.push_back({{"secret", c.secret}, {"format", c.format}, {"headers", headers}, {"body", c.request.body}});
    }
    write_file(dir.file("cases.json"), boost::json::serialize(all));
    run_program({"node", node_dir + "/verify_webhook.mjs", dir.file("cases.json")}, dir.file("verdicts"));

    std::vector<std::string> verdicts;
    std::istringstream lines{read_file(dir.file("verdicts"))};
    for (std::string line; std::getline(lines, line);) verdicts.push_back(line);
    return verdicts;
}

}  // namespace dormouse::test
