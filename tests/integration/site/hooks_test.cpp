#include "site/hooks.hpp"

#include "tests/integration/site/restricted_account.hpp"
#include "tests/integration/site/site_database.hpp"

#include <gmock/gmock.h>

namespace dormouse::site {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

class Hooks : public site_database {
protected:
    void seed_hook(const std::string& secret = "s3cret-one") {
        server.create_seed_hook_tables();
        server.sql(
            "INSERT INTO wp_memberlux_hook (id, name, url, event, is_active, secret) VALUES "
            "(7, 'Ленд', 'https://hooks.example/in?x=1', 'purchase', 1, '" +
            secret + "')");
    }
    void change_secret(const std::string& to) {
        server.sql("UPDATE wp_memberlux_hook SET secret = '" + to + "' WHERE id = 7");
    }
    std::optional<hook> find(hooks& from, std::int64_t id = 7) { return run(from.find(id)).value(); }

    base::manual_clock clock{base::time_ms{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}}};
};

TEST_F(Hooks, SeedShapeIsRead) {
    seed_hook();
    pool db{settings()};
    hooks all{db};
    const auto h = find(all).value();
    EXPECT_EQ(h.id, 7);
    EXPECT_EQ(h.name, "Ленд");
    EXPECT_EQ(h.url, "https://hooks.example/in?x=1");
    EXPECT_THAT(h.events, ElementsAre("purchase"));
    EXPECT_TRUE(h.active);
    EXPECT_EQ(h.secret.reveal(), "s3cret-one");
    EXPECT_TRUE(h.previous_secret.empty());
}

TEST_F(Hooks, ModuleShapeIsReadWithItsActions) {
    server.create_module_hook_tables();
    server.sql(
        "INSERT INTO wp_memberlux_hook (id, destination, active) VALUES (7, 'https://a.example/', 1), "
        "(8, 'https://b.example/', 0); INSERT INTO wp_memberlux_hook_action VALUES (7, 'purchase'), "
        "(7, 'free_item'), (8, 'all')");
    pool db{settings()};
    hooks all{db};
    const auto h = find(all).value();
    EXPECT_EQ(h.url, "https://a.example/");
    EXPECT_TRUE(h.active);
    EXPECT_THAT(h.events, UnorderedElementsAre("purchase", "free_item"));
    EXPECT_TRUE(h.secret.empty());
    EXPECT_FALSE(find(all, 8).value().active);
    EXPECT_TRUE(find(all, 8).value().listens_to("anything"));
}

TEST_F(Hooks, AMissingTableIsAnErrorBecauseItMayBeARestore) {
    pool db{settings()};
    hooks all{db};
    const auto found = run(all.find(7));
    ASSERT_TRUE(found.has_error());
    EXPECT_TRUE(found.error() == base::errc::not_found) << found.error().message();
}

TEST_F(Hooks, AMissingRowIsNoHook) {
    pool db{settings()};
    hooks all{db};
    seed_hook();
    EXPECT_FALSE(find(all, 8));
    EXPECT_TRUE(find(all, 7));
}

TEST_F(Hooks, EmptyColumnsMeanInactiveUnsignedNameless) {
    seed_hook();
    server.sql("UPDATE wp_memberlux_hook SET is_active = NULL, secret = NULL, name = NULL");
    pool db{settings()};
    hooks all{db};
    const auto h = find(all).value();
    EXPECT_FALSE(h.active);
    EXPECT_TRUE(h.secret.empty());
    EXPECT_EQ(h.name, "");
}

TEST_F(Hooks, RowIsReadAsItIsAtThatMoment) {
    seed_hook();
    pool db{settings()};
    hooks all{db};
    EXPECT_TRUE(find(all)->active);
    server.sql("UPDATE wp_memberlux_hook SET is_active = 0, url = 'https://new.example/'");
    EXPECT_FALSE(find(all)->active);
    EXPECT_EQ(find(all)->url, "https://new.example/");
}

TEST_F(Hooks, TableThatChangesItsShapeIsReadAnew) {
    seed_hook();
    pool db{settings()};
    hooks all{db};
    EXPECT_TRUE(find(all)->active);
    server.sql(
        "ALTER TABLE wp_memberlux_hook CHANGE url destination TEXT, CHANGE is_active active TINYINT, "
        "DROP COLUMN event, DROP COLUMN secret");
    EXPECT_EQ(find(all)->url, "https://hooks.example/in?x=1");
    EXPECT_THAT(find(all)->events, IsEmpty());
    server.sql("DROP TABLE wp_memberlux_hook");
    EXPECT_TRUE(run(all.find(7)).error() == base::errc::not_found);
}

TEST_F(Hooks, LatinTableGivesUtf8) {
    server.create_seed_hook_tables("wp_", "latin1");
    server.sql(
        "INSERT INTO wp_memberlux_hook (id, name, url, event, secret) VALUES (7, 'café', 'https://a.example/', "
        "'all', 'naïve')");
    pool db{settings()};
    hooks all{db};
    EXPECT_EQ(find(all)->name, "café");
    EXPECT_EQ(find(all)->secret.reveal(), "naïve");
}

TEST_F(Hooks, OtherPrefixMeansOtherTables) {
    seed_hook();
    server.create_seed_hook_tables("shop_2_");
    server.sql("INSERT INTO shop_2_memberlux_hook (id, url, event) VALUES (7, 'https://shop.example/', 'all')");
    auto s = settings();
    s.prefix = "shop_2_";
    pool db{s};
    hooks all{db};
    EXPECT_EQ(find(all)->url, "https://shop.example/");
}

TEST_F(Hooks, ChangedSecretLeavesThePreviousOneValidForADay) {
    migrate();
    seed_hook("first-secret");
    pool db{settings()};
    hooks all{db, clock};
    EXPECT_TRUE(find(all)->previous_secret.empty());
    change_secret("second-secret");
    for (const auto wait : {0ms, base::ms{1h}, base::ms{23h - 1ms}}) {
        clock.advance(wait);
        EXPECT_EQ(find(all)->secret.reveal(), "second-secret");
        EXPECT_EQ(find(all)->previous_secret.reveal(), "first-secret") << wait.count();
    }
    clock.advance(1h);
    EXPECT_TRUE(find(all)->previous_secret.empty());
    EXPECT_EQ(server.sql("SELECT last_secret, previous_secret, rotated_at FROM wp_dormouse_hook"),
              "second-secret\t\tNULL");
}

TEST_F(Hooks, TwoWorkersAgreeOnAChangedSecret) {
    migrate();
    seed_hook("first-secret");
    pool db{settings()};
    hooks one{db, clock};
    hooks two{db, clock};
    (void)find(one);
    change_secret("second-secret");
    EXPECT_EQ(find(one)->previous_secret.reveal(), "first-secret");
    EXPECT_EQ(find(two)->previous_secret.reveal(), "first-secret");
}

TEST_F(Hooks, WithoutOurTablesThereIsNoPreviousSecretAndNoError) {
    seed_hook("first-secret");
    pool db{settings()};
    hooks all{db, clock};
    (void)find(all);
    change_secret("second-secret");
    EXPECT_TRUE(find(all)->previous_secret.empty());
}

TEST_F(Hooks, DisableSwitchesOffSaysWhyAndCountsAfresh) {
    migrate();
    seed_hook();
    server.sql(
        "INSERT INTO wp_dormouse_hook (hook_id, failures, first_failure_at, last_success_at) "
        "VALUES (7, 30, 1000, 500)");
    pool db{settings()};
    hooks all{db, clock};
    ASSERT_TRUE(run(all.disable(7, "410 gone, twice")));
    EXPECT_FALSE(find(all)->active);
    EXPECT_EQ(server.sql("SELECT disabled_reason, disabled_at, failures, first_failure_at, last_success_at "
                         "FROM wp_dormouse_hook WHERE hook_id = 7"),
              "410 gone, twice\t" + std::to_string(base::to_epoch_ms(clock.now())) + "\t0\tNULL\t500");
    EXPECT_TRUE(run(all.disable(7, "again")));
}

TEST_F(Hooks, DisableWorksInTheModulesShapeAndWithoutOurTables) {
    server.create_module_hook_tables();
    server.sql("INSERT INTO wp_memberlux_hook (id, destination) VALUES (7, 'https://a.example/'), (8, 'https://b/')");
    pool db{settings()};
    hooks all{db};
    ASSERT_TRUE(run(all.disable(7, "gone")));
    EXPECT_EQ(server.sql("SELECT id, active FROM wp_memberlux_hook ORDER BY id"), "7\t0\n8\t1");
}

TEST_F(Hooks, DisableWithAnEndlessReasonKeepsItsBeginning) {
    migrate();
    seed_hook();
    pool db{settings()};
    hooks all{db};
    ASSERT_TRUE(run(all.disable(7, std::string(5000, 'x') + "\xFF")));
    EXPECT_EQ(server.sql("SELECT CHAR_LENGTH(disabled_reason) FROM wp_dormouse_hook"), "191");
}

TEST_F(Hooks, DisableWithoutAHookTableIsNotFound) {
    pool db{settings()};
    hooks all{db};
    EXPECT_EQ(run(all.disable(7, "gone")).error(), base::errc::not_found);
}

TEST_F(Hooks, LeastPrivilegesAreEnough) {
    migrate();
    seed_hook("first-secret");
    grant_the_least(server);
    pool db{settings("dormouse")};
    hooks all{db, clock};
    EXPECT_EQ(find(all)->url, "https://hooks.example/in?x=1");
    EXPECT_EQ(find(all)->name, "");
    change_secret("second-secret");
    EXPECT_EQ(find(all)->previous_secret.reveal(), "first-secret");
    ASSERT_TRUE(run(all.disable(7, "gone")));
    EXPECT_FALSE(find(all)->active);
}

TEST_F(Hooks, AccountThatMayNotReadTheTableIsDeniedAndNotToldThereIsNoHook) {
    seed_hook();
    server.sql(
        "CREATE USER stranger@localhost; CREATE TABLE other (n INT); "
        "GRANT SELECT ON wordpress.other TO stranger@localhost");
    pool db{settings("stranger")};
    hooks all{db};
    const auto got = run(all.find(7));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error(), base::errc::denied);
    EXPECT_THAT(got.error().detail, HasSubstr("wp_memberlux_hook"));
}

TEST_F(Hooks, AbsentServerIsAnErrorAndNotAMissingHook) {
    seed_hook();
    pool db{settings()};
    hooks all{db};
    EXPECT_TRUE(find(all));
    server.kill();
    const auto got = run(all.find(7));
    ASSERT_FALSE(got);
    EXPECT_TRUE(base::is_transient(got.error().code)) << got.error().message();
    server.start();
    EXPECT_TRUE(find(all));
}

}  // namespace
}  // namespace dormouse::site
