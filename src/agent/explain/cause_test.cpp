#include "agent/explain/cause.hpp"

#include "agent/testing/noted.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using Kind = IngredientKind;
using ::testing::ElementsAre;

std::vector<std::string> told(const std::vector<Ingredient>& before,
                              const std::vector<Ingredient>& now) {
  std::vector<std::string> out;
  for (const Difference& difference : differences(noted("a#b", before), noted("a#b", now))) {
    out.push_back(describe(difference, ""));
  }
  return out;
}

Ingredient one(Kind kind, const std::string& name, const std::string& value) {
  return {.kind = kind, .name = name, .value = value};
}

// Remembers what it is given.
struct Memory {
  std::vector<TaskNotes> notes;

  TaskNotes keep(TaskNotes one) {
    notes.push_back(one);
    return one;
  }

  NotesLookup lookup() const {
    return [this](std::string_view label, const Digest& key) -> std::optional<TaskNotes> {
      for (const TaskNotes& known : notes) {
        if (known.label == label && known.key == key) {
          return known;
        }
      }
      return std::nullopt;
    };
  }
};

TEST(Difference, OfTheSameIsNone) {
  EXPECT_THAT(told({noted_file("a", "1")}, {noted_file("a", "1")}), ElementsAre());
}

TEST(Difference, OfFilesSaysWhatBecameOfThem) {
  const std::string digest = sha256("x").hex();
  EXPECT_THAT(
      told({noted_file("changed", "1"), noted_file("removed", "1"), noted_file("same", "1"),
            one(Kind::input, "bit", "file " + digest), one(Kind::input, "link", "file " + digest),
            one(Kind::input, "unbit", "executable " + digest)},
           {noted_file("added", "1"), one(Kind::input, "bit", "executable " + digest),
            noted_file("changed", "2"), one(Kind::input, "link", "link " + digest),
            noted_file("same", "1"), one(Kind::input, "unbit", "file " + digest)}),
      ElementsAre("added added", "bit became executable", "changed changed", "link became a link",
                  "removed removed", "unbit is no longer executable"));
}

TEST(Difference, OfVariablesNeverTellsAValue) {
  const std::string a = sha256("a").hex();
  const std::string b = sha256("b").hex();
  EXPECT_THAT(
      told({one(Kind::environment, "CHANGED", a), one(Kind::environment, "SET", "unset"),
            one(Kind::environment, "UNSET", a), one(Kind::environment, "GONE", "unset")},
           {one(Kind::environment, "CHANGED", b), one(Kind::environment, "SET", a),
            one(Kind::environment, "UNSET", "unset"), one(Kind::environment, "NEW", "unset")}),
      ElementsAre("variable CHANGED changed", "variable GONE no longer counts (unset)",
                  "variable NEW counts now (unset)", "variable SET set", "variable UNSET unset"));
}

TEST(Difference, NamesEveryOtherKind) {
  EXPECT_THAT(told({one(Kind::version, "", "1"), one(Kind::definition, "command", "make"),
                    one(Kind::definition, "output", "dist/**"), one(Kind::script, "1", "tsc"),
                    one(Kind::tool, "node --version", "text v18"), one(Kind::argument, "0", "x"),
                    noted_file("package-lock.json", "1", Kind::lockfile),
                    one(Kind::platform, "", "linux/a")},
                   {one(Kind::version, "", "2"), one(Kind::definition, "command", "make all"),
                    one(Kind::definition, "output", "out/**"), one(Kind::script, "1", "swc"),
                    one(Kind::tool, "node --version", "text v20"), one(Kind::argument, "0", "y"),
                    noted_file("package-lock.json", "2", Kind::lockfile),
                    one(Kind::platform, "", "linux/b")}),
              ElementsAre("keys are made in another way since (1 -> 2)",
                          "the command changed: make -> make all", "output pattern dist/** removed",
                          "output pattern out/** added", "its script changed",
                          "tool `node --version`: v18 -> v20", "the arguments after -- changed",
                          "package-lock.json changed", "the platform changed: linux/a -> linux/b"));
}

TEST(Difference, OfALockfileThatIsTakenApartIsAboutThePackage) {
  const auto lock = [](std::string_view value) {
    return one(Kind::lockfile, "yarn.lock", std::string(value));
  };
  EXPECT_THAT(told({lock("packages a")}, {lock("packages b")}),
              ElementsAre("what yarn.lock says to this package changed"));
  EXPECT_THAT(told({lock("packages a")}, {lock("file b")}),
              ElementsAre("yarn.lock counts whole now"));
  EXPECT_THAT(told({}, {lock("packages b")}), ElementsAre("yarn.lock added"));
}

TEST(Difference, ToldOnceOfAManifestThatIsAnInput) {
  EXPECT_THAT(
      told({noted_file("package.json", "1", Kind::manifest), noted_file("package.json", "1")},
           {noted_file("package.json", "2", Kind::manifest), noted_file("package.json", "2")}),
      ElementsAre("package.json changed"));
}

TEST(Difference, OfAHostileNameDoesNotWriteToTheTerminal) {
  EXPECT_THAT(told({}, {noted_file("a\033[2Jb\n", "1")}), ElementsAre(R"(a\x1b[2Jb\x0a added)"));
}

TEST(Cause, IsFollowedThroughDependencies) {
  Memory memory;
  const TaskNotes lib_before = memory.keep(noted("lib#build", {noted_file("src/b.ts", "1")}));
  const TaskNotes lib_now = memory.keep(noted("lib#build", {noted_file("src/b.ts", "2")}));
  const TaskNotes ui_before = memory.keep(noted("ui#build", {needs(lib_before)}));
  const TaskNotes ui_now = memory.keep(noted("ui#build", {needs(lib_now)}));
  const TaskNotes before = noted("web#build", {noted_file("src/a.ts", "1"), needs(ui_before)});
  const TaskNotes now = noted("web#build", {noted_file("src/a.ts", "1"), needs(ui_now)});
  const auto cause = root_cause(before, now, memory.lookup());
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(sentence(*cause), "packages/lib/src/b.ts changed (lib#build -> ui#build -> web#build)");
  EXPECT_EQ(short_reason(*cause), "dependency lib#build changed (src/b.ts changed)");
}

TEST(Cause, OfItsOwnComesBeforeADependencys) {
  const Memory memory;
  const TaskNotes before =
      noted("web#build", {noted_file("src/a.ts", "1"), needs(noted("lib#build", {}))});
  const TaskNotes now = noted(
      "web#build",
      {noted_file("src/a.ts", "2"), needs(noted("lib#build", {noted_file("src/b.ts", "1")}))});
  const auto cause = root_cause(before, now, memory.lookup());
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(sentence(*cause), "packages/web/src/a.ts changed and 1 more change");
  EXPECT_EQ(short_reason(*cause), "src/a.ts changed and 1 more change");
}

TEST(Cause, StopsWhereNobodyRemembers) {
  const Memory memory;
  const TaskNotes before = noted("web#build", {needs(noted("lib#build", {}))});
  const TaskNotes now =
      noted("web#build", {needs(noted("lib#build", {noted_file("src/b.ts", "1")}))});
  const auto cause = root_cause(before, now, memory.lookup());
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(sentence(*cause), "dependency lib#build changed");
  EXPECT_TRUE(cause->through.empty());
}

TEST(Cause, InForgedNotesThatLeadInACircleEnds) {
  const TaskNotes a{.label = "a#b", .key = sha256("1")};
  const auto lookup = [](std::string_view label, const Digest& key) -> std::optional<TaskNotes> {
    return TaskNotes{.label = std::string(label),
                     .key = key,
                     .ingredients = {{.kind = Kind::dependency,
                                      .name = std::string(label),
                                      .value = sha256(key.hex()).hex()}}};
  };
  const auto cause = root_cause(*lookup("a#b", sha256("1")), *lookup("a#b", sha256("2")), lookup);
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(cause->difference.kind, Kind::dependency);
}

TEST(Cause, OfNoDifferenceIsNone) {
  const TaskNotes notes = noted("a#b", {noted_file("x", "1")});
  EXPECT_FALSE(root_cause(notes, notes, Memory{}.lookup()).has_value());
}

// lib#build as it was when it had made `outputs`.
TaskNotes maker(std::string_view source, const std::vector<Ingredient>& outputs) {
  std::vector<Ingredient> ingredients{noted_file("a.c", source)};
  ingredients.insert(ingredients.end(), outputs.begin(), outputs.end());
  return noted("lib#build", ingredients);
}

TaskNotes user_of(const TaskNotes& lib, std::string_view made) {
  return noted("app#build",
               {one(Kind::dependency_outputs, "lib#build", sha256(made).hex() + " lib"),
                one(Kind::maker, "lib#build", lib.key.hex())});
}

TEST(Cause, OfOutputsThatChangedNamesThem) {
  Memory memory;
  const TaskNotes lib_before =
      memory.keep(maker("1", {noted_file("dist/a.js", "1", Kind::made_output),
                              noted_file("dist/b.js", "1", Kind::made_output)}));
  const TaskNotes one_changed =
      memory.keep(maker("2", {noted_file("dist/a.js", "2", Kind::made_output),
                              noted_file("dist/b.js", "1", Kind::made_output)}));
  const TaskNotes all_changed =
      memory.keep(maker("3", {noted_file("dist/c.js", "1", Kind::made_output)}));
  const TaskNotes before = user_of(lib_before, "x");
  const auto one_cause = root_cause(before, user_of(one_changed, "y"), memory.lookup());
  ASSERT_TRUE(one_cause.has_value());
  EXPECT_EQ(sentence(*one_cause), "outputs of lib#build changed: dist/a.js");
  EXPECT_EQ(short_reason(*one_cause), "outputs of lib#build changed: dist/a.js");
  const auto all_causes = root_cause(before, user_of(all_changed, "z"), memory.lookup());
  ASSERT_TRUE(all_causes.has_value());
  EXPECT_EQ(sentence(*all_causes), "outputs of lib#build changed: dist/a.js and 2 more");
}

TEST(Cause, OfOutputsNobodyRemembersSaysThatMuch) {
  const TaskNotes lib = maker("1", {});
  const auto cause = root_cause(user_of(lib, "x"), user_of(lib, "y"), Memory().lookup());
  ASSERT_TRUE(cause.has_value());
  EXPECT_EQ(sentence(*cause), "outputs of lib#build changed");
}

TEST(Cause, WhatIsInNotesAloneIsNoDifference) {
  const TaskNotes lib = maker("1", {});
  const TaskNotes other = maker("2", {});
  EXPECT_FALSE(root_cause(user_of(lib, "x"), user_of(other, "x"), Memory().lookup()).has_value());
}

TEST(Difference, OfWhatIsNotKnownYetSaysSo) {
  const std::string known = sha256("x").hex();
  EXPECT_THAT(
      told({one(Kind::dependency, "a#build", known),
            one(Kind::dependency_outputs, "b#build", known + " b")},
           {one(Kind::dependency, "a#build", ""), one(Kind::dependency_outputs, "b#build", "")}),
      ElementsAre("the key of a#build is not known yet", "outputs of b#build are not known yet"));
  EXPECT_THAT(told({one(Kind::dependency, "a#build", known)},
                   {one(Kind::dependency_outputs, "a#build", known + " a")}),
              ElementsAre("dependency a#build removed", "outputs of a#build count now"));
}

}  // namespace
}  // namespace vc::agent
