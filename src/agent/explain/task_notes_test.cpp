#include "agent/explain/task_notes.hpp"

#include "agent/testing/fingerprint_bench.hpp"
#include "agent/testing/noted.hpp"

#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::FingerprintBench;

std::string all_values(const TaskNotes& notes) {
  std::string out;
  for (const Ingredient& ingredient : notes.ingredients) {
    out += ingredient.name + "=" + ingredient.value + "\n";
  }
  return out;
}

TEST(TaskNotes, ReadBackAsTheyWereWritten) {
  TaskNotes notes = noted(
      "web#build",
      {noted_file("src/a.ts", "a"),
       {.kind = IngredientKind::tool, .name = "node --version", .value = "text v20.1.0"},
       {.kind = IngredientKind::tool, .name = "cc -v", .value = "digest " + sha256("cc").hex()},
       {.kind = IngredientKind::environment, .name = "MODE", .value = sha256("prod").hex()},
       {.kind = IngredientKind::definition,
        .name = "command",
        .value = std::string("echo \0 \n", 8)}});
  notes.time = TimePoint(std::chrono::milliseconds(1'795'000'000'123));
  notes.result = NotedResult::failed;
  const std::string bytes = encode_notes(notes);
  const auto again = decode_notes(bytes);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->label, notes.label);
  EXPECT_EQ(again->key, notes.key);
  EXPECT_EQ(again->time, notes.time);
  EXPECT_EQ(again->result, NotedResult::failed);
  EXPECT_EQ(again->ingredients, notes.ingredients);
  EXPECT_EQ(again->directory(), "packages/web");
  const auto head = head_of_notes(bytes);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->label, "web#build");
  EXPECT_EQ(head->key, notes.key);
}

TEST(TaskNotes, OfEveryLengthButTheirOwnAreRefused) {
  const std::string bytes = encode_notes(noted("web#build", {noted_file("src/a.ts", "a")}));
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(decode_notes(bytes.substr(0, length)).has_value()) << length;
  }
  EXPECT_FALSE(decode_notes(bytes + '\0').has_value());
}

TEST(TaskNotes, WithAnUnknownKindOrAHugeCountAreRefused) {
  const TaskNotes empty{.label = "a"};
  std::string bytes = encode_notes(empty);
  for (std::size_t i = bytes.size() - 4; i < bytes.size(); ++i) {
    bytes[i] = '\xff';  // The count.
  }
  EXPECT_FALSE(decode_notes(bytes).has_value());
  std::string unknown = encode_notes(
      {.label = "a", .ingredients = {{.kind = IngredientKind::platform, .name = "", .value = ""}}});
  ASSERT_TRUE(decode_notes(unknown).has_value());
  unknown[encode_notes(empty).size()] = '\x7e';
  EXPECT_FALSE(decode_notes(unknown).has_value());
}

TEST(TaskNotes, OfARealKeyHoldEveryIngredientAndNoSecret) {
  FingerprintBench bench;
  const PackageId web = bench.add_package("packages/web", "web");
  bench.write("packages/web/src/a.ts", "a");
  bench.define("build").env = {"API_TOKEN"};
  const TaskId task = bench.add_task(web, "build");
  bench.environment.set("API_TOKEN", "hunter2-hunter2");
  bench.options.pass_through_arguments["web#build"] = {"--password=hunter2-hunter2"};
  const FingerprintResult result = bench.must_run();
  const TaskNotes notes = notes_of("web#build", result.tasks[task], {.time = TimePoint()});
  EXPECT_EQ(notes.key, result.tasks[task].key);
  const std::string values = all_values(notes);
  EXPECT_TRUE(values.contains("src/a.ts=file " + sha256("a").hex())) << values;
  EXPECT_TRUE(values.contains("API_TOKEN=")) << values;
  EXPECT_FALSE(values.contains("hunter2")) << values;
  EXPECT_FALSE(encode_notes(notes).contains("hunter2"));
}

}  // namespace
}  // namespace vc::agent
