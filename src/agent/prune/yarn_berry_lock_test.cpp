#include "agent/prune/yarn_berry_lock.hpp"

#include "agent/prune/yarn_descriptor.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vc::agent {
namespace {

constexpr std::string_view kBerryHeader = "# Generated.\n\n__metadata:\n  version: 8\n";

struct BerryText {
  std::string key;
  std::string resolution;
  std::string dependencies;

  std::string text() const {
    return "\n" + key + ":\n  version: 1.0.0\n  resolution: \"" + resolution + "\"\n" +
           (dependencies.empty() ? "" : "  dependencies:\n" + dependencies) + "  linkType: x\n";
  }
};

std::string berry_lock(const std::vector<BerryText>& entries) {
  std::string text(kBerryHeader);
  for (const BerryText& entry : entries) {
    text += entry.text();
  }
  return text;
}

const BerryText kRoot{R"("shop@workspace:.")", "shop@workspace:.", "    tool: \"npm:^1\"\n"};
const BerryText kTool{R"("tool@npm:^1")", "tool@npm:1.0.0", ""};
const BerryText kApi{R"("api@workspace:packages/api")", "api@workspace:packages/api",
                     "    a: \"npm:left@^1\"\n    left: ^1\n"};
const BerryText kLeft{R"("a@npm:left@^1, left@npm:^1, left@npm:^1.1")", "left@npm:1.0.0", ""};
const BerryText kUi{R"("ui@workspace:*, ui@workspace:packages/ui")", "ui@workspace:packages/ui",
                    "    left: \"npm:^1.1\"\n"};
const BerryText kWeb{R"("web@workspace:packages/web")", "web@workspace:packages/web",
                     "    tool: \"npm:^1\"\n    ui: \"workspace:*\"\n"};

std::string pruned_berry(const std::string& text, const std::vector<std::string>& directories,
                         std::string_view manifest = "{}") {
  const auto resolutions = YarnResolutions::parse(manifest);
  const auto pruned = prune_yarn_berry_lock(text, directories, *resolutions);
  return pruned ? *pruned : "error: " + pruned.error().message;
}

TEST(PrunedBerryLockTest, StaysWhatThePackagesLeadToByTheNamesTheyUse) {
  const std::string whole = berry_lock({kLeft, kApi, kRoot, kTool, kUi, kWeb});
  const BerryText left{R"("left@npm:^1.1")", "left@npm:1.0.0", ""};
  const std::string web = berry_lock({left, kRoot, kTool, kUi, kWeb});
  EXPECT_EQ(pruned_berry(whole, {"packages/ui", "packages/web"}), web);
  EXPECT_EQ(pruned_berry(web, {"packages/ui", "packages/web"}), web);
  // Without the first of its names an entry has another place.
  const BerryText ui{R"("ui@workspace:packages/ui")", "ui@workspace:packages/ui", kUi.dependencies};
  EXPECT_EQ(pruned_berry(whole, {"packages/ui"}), berry_lock({left, kRoot, kTool, ui}));
  const BerryText both{R"("a@npm:left@^1, left@npm:^1")", "left@npm:1.0.0", ""};
  EXPECT_EQ(pruned_berry(whole, {"packages/api"}), berry_lock({both, kApi, kRoot, kTool}));
  EXPECT_EQ(pruned_berry(whole, {"packages/api", "packages/ui", "packages/web"}), whole);
}

TEST(PrunedBerryLockTest, LinesEndAsTheyDid) {
  std::string whole = berry_lock({kLeft, kApi, kRoot, kTool});
  for (std::size_t at = whole.find('\n'); at != std::string::npos; at = whole.find('\n', at + 2)) {
    whole.insert(at, "\r");
  }
  const std::string pruned = pruned_berry(whole, {});
  EXPECT_TRUE(pruned.starts_with("# Generated.\r\n\r\n__metadata:")) << pruned;
  EXPECT_EQ(std::ranges::count(pruned, '\n'), std::ranges::count(pruned, '\r'));
}

TEST(PrunedBerryLockTest, ALongKeyStandsByItself) {
  std::string range = "npm:";
  for (int i = 0; i < 300; ++i) {
    range += "^1.0";
  }
  const BerryText root{kRoot.key, kRoot.resolution, "    big: \"" + range + "\"\n"};
  const BerryText big{"? \"big@" + range + "\"\n", "big@npm:1.0.0", ""};
  const std::string whole = berry_lock({big, root});
  EXPECT_EQ(pruned_berry(whole, {}), whole);
}

TEST(PrunedBerryLockTest, PatchesStayWithWhatTheyAreFor) {
  const BerryText source{R"("left@npm:1.0.0")", "left@npm:1.0.0", ""};
  const BerryText patch{R"("left@patch:left@npm%3A1.0.0#~/p/left.patch")",
                        "left@patch:left@npm%3A1.0.0#~/p/left.patch::version=1.0.0&hash=1", ""};
  const BerryText bound{
      R"("left@patch:left@npm%3A1.0.0#./left.patch::locator=api%40workspace%3Apackages%2Fapi")",
      "left@patch:left@npm%3A1.0.0#./left.patch::version=1.0.0&hash=2", ""};
  const BerryText builtin{
      R"("tool@patch:tool@npm%3A^1#optional!builtin<compat/tool>")",
      "tool@patch:tool@npm%3A1.0.0#optional!builtin<compat/tool>::version=1.0.0&hash=3", ""};
  const BerryText api{kApi.key, kApi.resolution,
                      "    left: \"patch:left@npm%3A1.0.0#./left.patch\"\n"};
  const BerryText web{kWeb.key, kWeb.resolution,
                      "    left: \"patch:left@npm%3A1.0.0#~/p/left.patch\"\n"};
  const std::string whole = berry_lock({api, source, bound, patch, kRoot, kTool, builtin, web});
  EXPECT_EQ(pruned_berry(whole, {"packages/web"}),
            berry_lock({source, patch, kRoot, kTool, builtin, web}));
  const std::string of_api = pruned_berry(whole, {"packages/api"});
  EXPECT_EQ(of_api, berry_lock({api, source, bound, kRoot, kTool, builtin}));
  EXPECT_EQ(yarn_berry_patches(whole),
            (std::vector<std::string>{"p/left.patch", "packages/api/left.patch"}));
  EXPECT_EQ(yarn_berry_patches(of_api), std::vector<std::string>{"packages/api/left.patch"});
}

TEST(PrunedBerryLockTest, ResolutionsOfTheRootComeFirst) {
  const BerryText left1{R"("left@npm:1.0.1")", "left@npm:1.0.1", ""};
  const BerryText left2{R"("left@npm:^1")", "left@npm:1.2.0", ""};
  const BerryText right{R"("right@npm:^1")", "right@npm:1.0.0", "    left: \"npm:^1\"\n"};
  const BerryText api{kApi.key, kApi.resolution, "    left: \"npm:^1\"\n"};
  const BerryText web{kWeb.key, kWeb.resolution, "    right: \"npm:^1\"\n"};
  const std::string whole = berry_lock({api, left1, left2, right, kRoot, kTool, web});
  constexpr std::string_view kManifest = R"({"resolutions": {"right@npm:1.0.0/left": "1.0.1"}})";
  EXPECT_EQ(pruned_berry(whole, {"packages/web"}, kManifest),
            berry_lock({left1, right, kRoot, kTool, web}));
  EXPECT_EQ(pruned_berry(whole, {"packages/api"}, kManifest),
            berry_lock({api, left2, kRoot, kTool}));
}

TEST(PrunedBerryLockTest, WhatNothingInItAsksForStays) {
  const BerryText extension{R"("extra@npm:^1, tool@npm:^2")", "extra@npm:1.0.0",
                            "    left: \"npm:^1\"\n"};
  const std::string whole = berry_lock({kLeft, kApi, extension, kRoot, kTool});
  const BerryText left{R"("left@npm:^1, left@npm:^1.1")", "left@npm:1.0.0", ""};
  EXPECT_EQ(pruned_berry(whole, {}), berry_lock({extension, left, kRoot, kTool}));
}

TEST(PrunedBerryLockTest, GapsAndOtherWaysOfWritingAreErrors) {
  const std::string whole = berry_lock({kLeft, kApi, kRoot, kTool, kUi, kWeb});
  EXPECT_EQ(pruned_berry(whole, {"packages/new"}), "error: it does not know packages/new");
  EXPECT_EQ(pruned_berry(berry_lock({kLeft, kApi}), {}), "error: it does not know the root");
  EXPECT_TRUE(pruned_berry(whole, {"packages/web"}).contains("does not say everything"))
      << "ui does not stay";
  EXPECT_TRUE(pruned_berry(berry_lock({kRoot}), {}).contains("does not say everything"));
  const BerryText twice{R"("a@npm:1, tool@npm:^1")", "a@npm:1", ""};
  EXPECT_EQ(pruned_berry(berry_lock({kRoot, kTool, twice}), {}),
            "error: two entries are for \"tool@npm:^1\"");
  for (const std::string text :
       {"", "__metadata:\n  version: 8\n", "a:\n  b: c\n", "__metadata:\n  version: 8\n\na: b\n",
        "__metadata:\n  version: 8\n\n'a\"b':\n  c: d\n",
        "__metadata:\n  version: 8\n\n\"a\tb\":\n  c: d\n"}) {
    EXPECT_TRUE(pruned_berry(text, {}).contains("not written as yarn writes")) << text;
  }
}

TEST(YarnDescriptorTest, IsTakenApart) {
  EXPECT_EQ(percent_encoded("@a/b@npm:^1 é"), "%40a%2Fb%40npm%3A%5E1%20%C3%A9");
  EXPECT_EQ(percent_decoded("%40a%2fb%4"), "@a/b%4");
  EXPECT_EQ(percent_decoded("%"), "%");
  EXPECT_FALSE(patch_of_descriptor("left@npm:1.0.0"));
  EXPECT_FALSE(patch_of_descriptor("left@patch:left@npm%3A1.0.0"));
  EXPECT_FALSE(patch_of_descriptor(""));
  const auto patch = patch_of_descriptor("@a/b@patch:@a/b@npm%3A1#~/a.patch&~/b.patch::locator=x");
  ASSERT_TRUE(patch);
  EXPECT_EQ(patch->source, "@a/b@npm:1");
  EXPECT_EQ(patch->files, "~/a.patch&~/b.patch");
  EXPECT_EQ(patch->params, "locator=x");
  EXPECT_EQ(quoted_yarn_key("left@1.0.0"), "left@1.0.0");
  EXPECT_EQ(quoted_yarn_key("left@npm:1.0.0"), "\"left@npm:1.0.0\"");
  EXPECT_EQ(quoted_yarn_key("@a/b@1.0.0"), "\"@a/b@1.0.0\"");
}

}  // namespace
}  // namespace vc::agent
