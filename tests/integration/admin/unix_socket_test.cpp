#include "tests/integration/admin/admin_server.hpp"
#include "tests/support/process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/local/stream_protocol.hpp>

#include <sys/stat.h>

#include <filesystem>

namespace dormouse::admin {
namespace {

using namespace std::chrono_literals;
using testing::EndsWith;
using testing::HasSubstr;

base::result<void> try_open(const std::string& listen) {
    boost::asio::io_context io;
    http_server server{io.get_executor(), listen, {}};
    return server.open();
}

TEST(AdminUnixSocket, ServesAnyHostNameAndOnlyItsGroup) {
    const test::temp_dir dir;
    const auto path = dir.file("admin.sock");
    admin_server server{"unix:" + path};
    EXPECT_THAT(get(server.address(), "/hello"), EndsWith("hello\n"));
    struct stat found{};
    ASSERT_EQ(::stat(path.c_str(), &found), 0);
    EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST(AdminUnixSocket, CurlReadsIt) {
    const test::temp_dir dir;
    admin_server server{"unix:" + dir.file("admin.sock")};
    const auto out = dir.file("out");
    test::child_process curl{{"curl", "-sS", "--unix-socket", dir.file("admin.sock"), "http://dormouse/hello"},
                             {{}, out, {}}};
    EXPECT_EQ(curl.wait(10s), 0);
    EXPECT_EQ(test::read_file(out), "hello\n");
}

TEST(AdminUnixSocket, TheFileGoesWithTheServerAndCanBeTakenAgain) {
    const test::temp_dir dir;
    const auto path = dir.file("admin.sock");
    for (int i = 0; i < 2; ++i) {
        admin_server server{"unix:" + path};
        EXPECT_THAT(get(server.address(), "/hello"), EndsWith("hello\n"));
        server.stop();
        EXPECT_FALSE(std::filesystem::exists(path));
    }
}

TEST(AdminUnixSocket, ASocketOfADeadProcessIsReplaced) {
    const test::temp_dir dir;
    const auto path = dir.file("admin.sock");
    {
        boost::asio::io_context io;
        boost::asio::local::stream_protocol::acceptor dead{io, path};
    }
    ASSERT_TRUE(std::filesystem::is_socket(path));
    admin_server server{"unix:" + path};
    EXPECT_THAT(get(server.address(), "/hello"), EndsWith("hello\n"));
}

TEST(AdminUnixSocket, ASocketThatSomebodyServesIsLeftAlone) {
    const test::temp_dir dir;
    const auto path = dir.file("redis.sock");
    boost::asio::io_context io;
    boost::asio::local::stream_protocol::acceptor foreign{io, path};
    const auto opened = try_open("unix:" + path);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().detail, HasSubstr("is served by another process"));
    boost::asio::local::stream_protocol::socket client{io};
    EXPECT_NO_THROW(client.connect(path));
}

TEST(AdminUnixSocket, ASecondServerOnTheSamePathIsRefusedAndTheFirstGoesOn) {
    const test::temp_dir dir;
    admin_server server{"unix:" + dir.file("admin.sock")};
    const auto opened = try_open(server.address());
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), base::errc::conflict);
    EXPECT_THAT(get(server.address(), "/hello"), EndsWith("hello\n"));
}

TEST(AdminUnixSocket, AFileThatIsNoSocketIsLeftAlone) {
    const test::temp_dir dir;
    const auto path = dir.file("precious.txt");
    test::write_file(path, "keep me");
    const auto opened = try_open("unix:" + path);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().detail, HasSubstr("is not a socket"));
    EXPECT_EQ(test::read_file(path), "keep me");
}

TEST(AdminUnixSocket, AMissingFolderIsAnErrorThatNamesThePath) {
    const test::temp_dir dir;
    const auto opened = try_open("unix:" + dir.file("none/admin.sock"));
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message(), HasSubstr("none/admin.sock"));
}

}  // namespace
}  // namespace dormouse::admin
