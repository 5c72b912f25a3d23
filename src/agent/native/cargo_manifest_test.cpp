#include "agent/native/cargo_manifest.hpp"

#include "agent/native/toml_document.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace vc::agent {
namespace {

using testing::HasSubstr;

CargoManifest must_parse_cargo(std::string_view text) {
  auto manifest = parse_cargo_manifest(text, "Cargo.toml");
  EXPECT_TRUE(manifest) << (manifest ? "" : render(manifest.error()));
  return manifest.value_or(CargoManifest());
}

std::string cargo_error(std::string_view text) {
  const auto manifest = parse_cargo_manifest(text, "crates/a/Cargo.toml");
  return manifest ? "" : render(manifest.error());
}

TEST(CargoManifest, DependenciesOfAllTablesAreRead) {
  const CargoManifest manifest = must_parse_cargo(R"(
[package]
name = "a"
version.workspace = true
[dependencies]
plain = "1.0"
inner = { path = "../inner", package = "real-inner" }
shared.workspace = true
[build-dependencies]
gen = { path = "../gen" }
[dev-dependencies.tested]
path = "../tested"
[target.'cfg(unix)'.dependencies]
unix-only = { path = "../unix" }
)");
  std::string found;
  for (const CargoDependency& each : manifest.dependencies) {
    found += each.key + "=" + each.package + "@" + each.path + (each.inherited ? "^" : "") +
             (each.for_tests ? "?" : "") + " ";
  }
  EXPECT_EQ(found,
            "inner=real-inner@../inner plain=plain@ shared=shared@^ gen=gen@../gen "
            "tested=tested@../tested? unix-only=unix-only@../unix ");
  EXPECT_EQ(manifest.name, "a");
  EXPECT_EQ(manifest.version, "");
}

TEST(CargoManifest, AWorkspaceSaysMembersAndWhatTheyInherit) {
  const CargoManifest manifest = must_parse_cargo(R"(
[workspace]
members = ["crates/*", "tool"]
exclude = ["crates/old"]
package.version = "1.2.3"
[workspace.dependencies]
inner = { path = "crates/inner" }
[patch.crates-io]
serde = { path = "vendor/serde" }
)");
  EXPECT_TRUE(manifest.has_workspace);
  EXPECT_FALSE(manifest.has_package);
  ASSERT_EQ(manifest.members.size(), 2U);
  EXPECT_EQ(manifest.members[1].text, "tool");
  EXPECT_EQ(manifest.members[1].at.line, 3);
  EXPECT_EQ(manifest.exclude.size(), 1U);
  EXPECT_EQ(manifest.workspace_version, "1.2.3");
  ASSERT_EQ(manifest.workspace_dependencies.size(), 1U);
  EXPECT_EQ(manifest.workspace_dependencies[0].path, "crates/inner");
  ASSERT_EQ(manifest.patches.size(), 1U);
  EXPECT_EQ(manifest.patches[0].path, "vendor/serde");
}

TEST(CargoManifest, MistakesHaveTheirPlace) {
  EXPECT_THAT(cargo_error("[package]\nname = 1\n"), HasSubstr("crates/a/Cargo.toml:2:8: error"));
  EXPECT_THAT(cargo_error("[package]\nversion = \"1\"\n"), HasSubstr("has no name"));
  EXPECT_THAT(cargo_error("[package]\nname = \"a b\"\n"), HasSubstr("a blank or \"#\""));
  EXPECT_THAT(cargo_error("[workspace]\nmembers = \"a\"\n"), HasSubstr("list of texts"));
  EXPECT_THAT(cargo_error("[workspace]\nmembers = [\"a\", 1]\n"), HasSubstr(":2:17:"));
  EXPECT_THAT(cargo_error("[dependencies]\na = 1\n"), HasSubstr("a version or a table"));
  EXPECT_THAT(cargo_error("dependencies = []\n"), HasSubstr("must be a table"));
  EXPECT_THAT(cargo_error("[package\n"), HasSubstr("not valid TOML"));
  EXPECT_THAT(cargo_error("a = 1\na = 2\n"), HasSubstr("not valid TOML"));
  EXPECT_THAT(cargo_error("a = \"\xff\"\n"), HasSubstr("not valid TOML"));
}

TEST(TomlDocument, TablesAsDeepAsTheLimitAreReadAndDeeperOnesRefused) {
  const auto header = [](std::size_t dots) {
    std::string line = "[a";
    for (std::size_t i = 0; i < dots; ++i) {
      line += ".a";
    }
    return line + "]\n";
  };
  EXPECT_EQ(cargo_error(header(kTomlDotsMax)), "");
  EXPECT_THAT(cargo_error(header(kTomlDotsMax + 1)), HasSubstr("nested too deeply"));
  EXPECT_THAT(cargo_error("a = " + std::string(1000, '[')), HasSubstr("not valid TOML"));
  // Quotes that hide dots from a careless eye.
  std::string hidden = "x = '''\n' ''' \n[a";
  for (std::size_t i = 0; i <= kTomlDotsMax; ++i) {
    hidden += ".\"=\"";
  }
  EXPECT_THAT(cargo_error(hidden + "]"), HasSubstr("nested too deeply"));
}

TEST(TomlDocument, AHeaderThatBeginsAsNoKeyDoesIsAnError) {
  for (const char* const text :
       {"[;a]\n", "[\x01 a]\n", "[[;a]]\n", "[a.;b]\n", "[a . ]\n", "[=]\n"}) {
    EXPECT_THAT(cargo_error(text), HasSubstr("not valid TOML")) << text;
  }
}

TEST(TomlDocument, DotsInTextsAndCommentsAreNoTables) {
  const std::string dots(500, '.');
  EXPECT_EQ(cargo_error("a = \"" + dots + "\\\"" + dots + "\" # " + dots + "\n"), "");
}

}  // namespace
}  // namespace vc::agent
