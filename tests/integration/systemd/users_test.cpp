// Users and rights, made below a temporary root by systemd's own programs.

#include "tests/integration/systemd/installed_files.hpp"

#include <gmock/gmock.h>

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <sstream>

namespace dormouse {
namespace {

using test::installed_files;
using test::read_file;
using test::run_program;
using testing::HasSubstr;

void make_users(const installed_files& files) {
    std::filesystem::create_directory(files.file("etc"));
    const auto done = run_program({"systemd-sysusers", "--root=" + files.root(), "dormouse.conf"});
    ASSERT_EQ(done.status, 0) << done.output;
}

unsigned id_of(const installed_files& files, const std::string& name, const char* database) {
    std::istringstream in{read_file(files.file(database))};
    for (std::string line; std::getline(in, line);)
        if (line.starts_with(name + ":x:")) return static_cast<unsigned>(std::stoul(line.substr(name.size() + 3)));
    ADD_FAILURE() << name << " is not in " << database;
    return 0;
}

TEST(Users, OnlyTheWorkerIsPutIntoTheGroupOfTheSocket) {
    const installed_files files;
    make_users(files);
    EXPECT_THAT(read_file(files.file("etc/group")), testing::ContainsRegex("dormouse-queue:x:[0-9]+:dormouse\n"));
    EXPECT_THAT(read_file(files.file("etc/passwd")), HasSubstr(":/usr/sbin/nologin"));
    EXPECT_THAT(read_file(files.file("etc/passwd")), testing::Not(HasSubstr(":/bin/")));
}

TEST(Rights, AreSetToWhatTheGuideSays) {
    if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
    const installed_files files;
    make_users(files);
    std::filesystem::create_directories(files.file("etc/dormouse/secrets"));
    for (const auto* name : {"etc/dormouse/secrets/database", "etc/dormouse/dormouse.yaml", "etc/dormouse/redis.acl"}) {
        test::write_file(files.file(name), "x");
        ASSERT_EQ(chmod(files.file(name).c_str(), 0666), 0);
    }
    const auto done = run_program({"systemd-tmpfiles", "--root=" + files.root(), "--create", "dormouse.conf"});
    ASSERT_EQ(done.status, 0) << done.output;

    const auto look = [&](const std::string& name) {
        struct stat s{};
        EXPECT_EQ(stat(files.file(name).c_str(), &s), 0) << name;
        return std::tuple{s.st_mode & 07777U, s.st_uid, s.st_gid};
    };
    const auto worker = id_of(files, "dormouse", "etc/group");
    const auto redis = id_of(files, "dormouse-redis", "etc/passwd");
    EXPECT_EQ(look("etc/dormouse"), std::tuple(0755U, 0U, 0U));
    EXPECT_EQ(look("etc/dormouse/secrets"), std::tuple(0750U, 0U, worker));
    EXPECT_EQ(look("etc/dormouse/secrets/database"), std::tuple(0640U, 0U, 0U));
    EXPECT_EQ(look("etc/dormouse/dormouse.yaml"), std::tuple(0640U, 0U, worker));
    EXPECT_EQ(look("etc/dormouse/redis.acl"), std::tuple(0400U, redis, 0U));
}

}  // namespace
}  // namespace dormouse
