// A profile is learned from a record, and only from one that is understood to the last variable.

#include "agent/scripts/manager_profile.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

constexpr const char* kManifest = R"({"name": "a", "version": "1.0.0", "scripts": {"env": "env"}})";

// npm's answer for package `packages/a` of the workspace /w.
struct Answer {
  ScriptPlace place{
      .manager = ScriptManager::npm, .directory = "/w/packages/a", .local_prefix = "/w"};
  ScriptPackage package = read_script_package(kManifest).value();
  Variables base{{"PATH", "/usr/bin:/bin"}, {"HOME", "/home/me"}, {"OLD", "1"}};
  ScriptEvent event{.name = "env", .script = "env", .command = "env 'a b'"};
  RecordedScript recorded{
      .environment = {{"PATH",
                       "/w/packages/a/node_modules/.bin:/w/packages/node_modules/.bin:"
                       "/w/node_modules/.bin:/node_modules/.bin:/npm/node-gyp-bin:/usr/bin:/bin"},
                      {"HOME", "/home/me"},
                      {"INIT_CWD", "/w/packages/a"},
                      {"npm_command", "run"},
                      {"npm_config_local_prefix", "/w"},
                      {"npm_config_script_shell", "/shell"},
                      {"npm_lifecycle_event", "env"},
                      {"npm_lifecycle_script", "env"},
                      {"npm_package_json", "/w/packages/a/package.json"},
                      {"npm_package_name", "a"},
                      {"npm_package_version", "1.0.0"}},
      .directory = "/w/packages/a",
      .argv = {"-c", "env 'a b'"}};

  Result<ManagerProfile> learn() const {
    return learn_profile(recorded, "/shell", place, package, base, event);
  }
};

TEST(ManagerProfile, GivesAnotherPackageWhatIsItsOwn) {
  const auto profile = Answer().learn();
  ASSERT_TRUE(profile) << profile.error().message;
  const ScriptPlace other{.manager = ScriptManager::npm, .directory = "/w/b", .local_prefix = "/w"};
  const auto package = read_script_package(R"({"name": "b", "config": {"port": 1}})");
  const auto environment =
      script_environment(*profile, other, *package, {{"PATH", "/bin"}, {"NEW", "2"}, {"OLD", "3"}},
                         {.name = "x", .script = "tsc", .command = "tsc -b"});
  ASSERT_TRUE(environment);
  const Variables expected{{"PATH",
                            "/w/b/node_modules/.bin:/w/node_modules/.bin:/node_modules/.bin:"
                            "/npm/node-gyp-bin:/bin"},
                           {"NEW", "2"},
                           {"INIT_CWD", "/w/b"},
                           {"npm_command", "run"},
                           {"npm_config_local_prefix", "/w"},
                           {"npm_lifecycle_event", "x"},
                           {"npm_lifecycle_script", "tsc"},
                           {"npm_package_config_port", "1"},
                           {"npm_package_json", "/w/b/package.json"},
                           {"npm_package_name", "b"}};
  EXPECT_EQ(*environment, expected);
}

TEST(ManagerProfile, IsNotLearnedFromAVariableItCannotDerive) {
  Answer answer;
  answer.recorded.environment["npm_package_gitHead"] = "abc";
  EXPECT_FALSE(answer.learn());
}

TEST(ManagerProfile, IsNotLearnedFromAValueThatDependsOnThePackage) {
  Answer answer;
  answer.recorded.environment["npm_config_cache"] = "/w/packages/a/.cache";
  EXPECT_FALSE(answer.learn());
}

TEST(ManagerProfile, IsNotLearnedFromAnotherWayToStartScripts) {
  Answer quoted;
  quoted.recorded.argv[1] = "env \"a b\"";
  EXPECT_FALSE(quoted.learn());
  Answer elsewhere;
  elsewhere.recorded.directory = "/w";
  EXPECT_FALSE(elsewhere.learn());
  Answer path;
  path.recorded.environment["PATH"] = "/elsewhere:/usr/bin:/bin";
  EXPECT_FALSE(path.learn());
}

TEST(ManagerProfile, IsTheSameAfterItWasAFile) {
  const auto profile = Answer().learn();
  const auto again = parse_profile(profile_json(*profile));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->changes, profile->changes);
  EXPECT_EQ(again->path, profile->path);
  EXPECT_TRUE(again->names_manifest);
  EXPECT_FALSE(parse_profile("{}"));
  EXPECT_FALSE(parse_profile(R"({"version":1,"dialect":9,"names_manifest":true,"path":[],)"
                             R"("changes":{}})"));
}

TEST(RecordedScript, IsReadOnlyWhenItIsWhole) {
  using namespace std::string_view_literals;
  const auto whole = parse_recorded_script("A=1\0B=x=y\0\0/w\0-c\0true\0"sv);
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->environment.at("B"), "x=y");
  EXPECT_EQ(whole->argv.back(), "true");
  EXPECT_FALSE(parse_recorded_script("A=1\0B=x=y\0\0/w\0-c\0tru"sv));
  EXPECT_FALSE(parse_recorded_script("A=1\0"sv));
  EXPECT_FALSE(parse_recorded_script("A\0\0/w\0"sv));
  EXPECT_FALSE(parse_recorded_script("A=1\0A=2\0\0/w\0"sv));
  EXPECT_FALSE(parse_recorded_script(""sv));
}

TEST(ScriptPackage, LeavesWhatSteersAManagerToIt) {
  EXPECT_FALSE(read_script_package(R"({"devEngines": {}})"));
  EXPECT_FALSE(read_script_package(R"({"directories": {"bin": "x"}})"));
  EXPECT_FALSE(read_script_package("[]"));
  const auto fraction = read_script_package(R"({"name": "a", "config": {"x": 0.5}})");
  ASSERT_TRUE(fraction);
  EXPECT_TRUE(fraction->variables.empty());
}

TEST(ScriptPackage, NormalisesProgramsAsNpmDoes) {
  const auto package = read_script_package(R"({"name": "@s/a", "bin": "./x/../cli.js"})");
  EXPECT_EQ(package->variables.at(ManifestDialect::npm).at("npm_package_bin_a"), "cli.js");
  EXPECT_EQ(package->variables.at(ManifestDialect::whole).at("npm_package_bin"), "./x/../cli.js");
}

}  // namespace
}  // namespace vc::agent
