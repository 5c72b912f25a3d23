#include "agent/explain/notes_store.hpp"

#include "agent/testing/noted.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace vc::agent {
namespace {

struct NotesStoreTest : ::testing::Test {
  TempDir directory = TempDir::create().value();
  std::int64_t now_ms = 1'795'000'000'000;

  void add(const std::vector<TaskNotes>& notes, const NotesLimits& limits = {}) {
    NotesStore store = load(limits);
    const auto added = store.add(notes, TimePoint(std::chrono::milliseconds(++now_ms)));
    EXPECT_TRUE(added.has_value());
  }

  NotesStore load(const NotesLimits& limits = {}) const {
    return NotesStore::load(directory.path(), limits);
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    const fs::path folder = directory.path() / kNotesDirectory;
    if (fs::exists(folder)) {
      for (const auto& entry : fs::directory_iterator(folder)) {
        out.push_back(entry.path());
      }
    }
    std::ranges::sort(out);
    return out;
  }

  static TaskNotes version(const std::string& label, int number) {
    return noted(label, {noted_file("a", std::to_string(number))});
  }
};

TEST_F(NotesStoreTest, IsEmptyWhereNothingRan) {
  const NotesStore store = load();
  EXPECT_FALSE(store.last("a#b").has_value());
  EXPECT_FALSE(store.last_key("a#b").has_value());
  EXPECT_FALSE(store.other_than("a#b", Digest()).has_value());
  EXPECT_TRUE(files().empty());
}

TEST_F(NotesStoreTest, FindsTheLastAndTheOneBefore) {
  add({version("a#b", 1), version("c#b", 1)});
  add({version("a#b", 2)});
  const NotesStore store = load();
  EXPECT_EQ(store.last("a#b")->key, version("a#b", 2).key);
  EXPECT_EQ(store.last_key("c#b"), version("c#b", 1).key);
  EXPECT_EQ(store.other_than("a#b", version("a#b", 2).key)->key, version("a#b", 1).key);
  EXPECT_TRUE(store.find("a#b", version("a#b", 1).key).has_value());
  EXPECT_FALSE(store.find("c#b", version("a#b", 1).key).has_value());
}

TEST_F(NotesStoreTest, WritesNothingForWhatItKnows) {
  add({version("a#b", 1)});
  add({version("a#b", 1)});
  EXPECT_EQ(files().size(), 1U);
  TaskNotes failed = version("a#b", 1);
  failed.result = NotedResult::failed;
  add({failed});
  EXPECT_EQ(files().size(), 2U);
  EXPECT_EQ(load().last("a#b")->result, NotedResult::failed);
}

TEST_F(NotesStoreTest, MergesManyFilesAndKeepsTwoKeysOfEachTask) {
  const NotesLimits limits{.files_max = 4};
  add({version("rare#b", 1)}, limits);
  for (int i = 1; i <= 30; ++i) {
    add({version("busy#b", i)}, limits);
    EXPECT_LE(files().size(), 4U);
  }
  const NotesStore store = load(limits);
  EXPECT_EQ(store.last("busy#b")->key, version("busy#b", 30).key);
  EXPECT_EQ(store.other_than("busy#b", version("busy#b", 30).key)->key, version("busy#b", 29).key);
  EXPECT_EQ(store.last("rare#b")->key, version("rare#b", 1).key);
}

TEST_F(NotesStoreTest, IsBounded) {
  const NotesLimits limits{.files_max = 1, .notes_max = 10};
  for (int i = 0; i < 50; ++i) {
    add({version("p" + std::to_string(i) + "#b", 1)}, limits);
  }
  const NotesStore store = load(limits);
  int known = 0;
  for (int i = 0; i < 50; ++i) {
    known += store.last("p" + std::to_string(i) + "#b").has_value() ? 1 : 0;
  }
  EXPECT_EQ(known, 10);
  EXPECT_TRUE(store.last("p49#b").has_value()) << "the newest stay";
}

TEST_F(NotesStoreTest, ReadsWhatIsWholeOfDamagedFiles) {
  add({version("a#b", 1)});
  add({version("c#b", 1), version("d#b", 1)});
  const std::string whole = read_file(files().back()).value();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    ASSERT_TRUE(write_file_atomically(files().back(), std::string_view(whole).substr(0, length)));
    const NotesStore store = load();
    EXPECT_TRUE(store.last("a#b").has_value()) << length;
    EXPECT_FALSE(store.last("d#b").has_value()) << length;
  }
}

TEST_F(NotesStoreTest, IsHiddenFromGit) {
  add({version("a#b", 1)});
  EXPECT_EQ(read_file(directory.path() / ".gitignore").value(), "*\n");
}

}  // namespace
}  // namespace vc::agent
