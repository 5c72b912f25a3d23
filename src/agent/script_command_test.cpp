#include "agent/script_command.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

// "manager script", or "" for none.
std::string parsed(std::string_view command) {
  const auto script = parse_script_command(command);
  return script ? script->manager + " " + script->script : "";
}

TEST(ScriptCommand, RunOfEveryPackageManagerNamesAScript) {
  EXPECT_EQ(parsed("npm run build"), "npm build");
  EXPECT_EQ(parsed("pnpm run build:prod"), "pnpm build:prod");
  EXPECT_EQ(parsed("  yarn  run\tlint "), "yarn lint");
  EXPECT_EQ(parsed("bun run build"), "bun build");
  EXPECT_EQ(parsed("npm run-script build"), "npm build");
  EXPECT_EQ(parsed("npm run --silent --if-present build"), "npm build");
}

TEST(ScriptCommand, WhatFollowsTheScriptDoesNotMatter) {
  EXPECT_EQ(parsed("npm run build -- --prod"), "npm build");
  EXPECT_EQ(parsed("npm run build && npm run copy"), "npm build");
  EXPECT_EQ(parsed("npm run build\nnpm run copy"), "npm build");
}

TEST(ScriptCommand, TestAndStartNeedNoRun) {
  EXPECT_EQ(parsed("npm test"), "npm test");
  EXPECT_EQ(parsed("pnpm test -- -u"), "pnpm test");
  EXPECT_EQ(parsed("yarn start"), "yarn start");
  EXPECT_EQ(parsed("bun test"), "");
}

TEST(ScriptCommand, OtherCommandsNameNone) {
  for (const std::string_view command :
       {"", "npm", "npm run", "npm ci", "make", "yarn tsc", "pnpm -r run build", "npm run $X",
        "npm run build;x", "npm --prefix x run build", "npm run --workspace x build",
        "xnpm run x"}) {
    EXPECT_EQ(parsed(command), "") << command;
  }
}

}  // namespace
}  // namespace vc::agent
