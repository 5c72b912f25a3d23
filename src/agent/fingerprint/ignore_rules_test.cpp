#include "agent/fingerprint/ignore_rules.hpp"

#include "agent/fingerprint/input_scanner.hpp"
#include "agent/testing/git.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <random>
#include <string>
#include <vector>

namespace vc::agent {
namespace {

using testing::git;

IgnoreVerdict verdict(std::string_view rules, std::string_view path,
                      FileKind kind = FileKind::regular) {
  return IgnoreRules::parse(rules).verdict(path, kind);
}

bool ignores(std::string_view rules, std::string_view path, FileKind kind = FileKind::regular) {
  return verdict(rules, path, kind) == IgnoreVerdict::ignored;
}

TEST(IgnoreRulesTest, ANameWithoutASlashMatchesAtAnyDepth) {
  EXPECT_TRUE(ignores("dist", "dist"));
  EXPECT_TRUE(ignores("dist", "a/b/dist"));
  EXPECT_FALSE(ignores("dist", "dist2"));
  EXPECT_TRUE(ignores("*.log", "a/b/c.log"));
}

TEST(IgnoreRulesTest, ASlashAnchorsThePattern) {
  EXPECT_TRUE(ignores("/dist", "dist"));
  EXPECT_FALSE(ignores("/dist", "a/dist"));
  EXPECT_TRUE(ignores("a/*.log", "a/b.log"));
  EXPECT_FALSE(ignores("a/*.log", "a/b/c.log"));
  EXPECT_FALSE(ignores("a/b", "x/a/b"));
}

TEST(IgnoreRulesTest, ASlashAtTheEndMeansDirectories) {
  EXPECT_FALSE(ignores("dist/", "dist"));
  EXPECT_TRUE(ignores("dist/", "dist", FileKind::directory));
  EXPECT_FALSE(ignores("dist/", "dist", FileKind::symlink));
}

TEST(IgnoreRulesTest, TheLastMatchDecides) {
  EXPECT_EQ(verdict("*.log\n!keep.log\n", "keep.log"), IgnoreVerdict::kept);
  EXPECT_EQ(verdict("!keep.log\n*.log\n", "keep.log"), IgnoreVerdict::ignored);
  EXPECT_EQ(verdict("*.log", "a.txt"), IgnoreVerdict::silent);
}

TEST(IgnoreRulesTest, LinesAreReadAsGitReadsThem) {
  EXPECT_TRUE(
      ignores("\xef\xbb\xbf"
              "a\r\n",
              "a"));
  EXPECT_FALSE(ignores("#a", "#a"));
  EXPECT_TRUE(ignores("\\#a", "#a"));
  EXPECT_TRUE(ignores("\\!a", "!a"));
  EXPECT_TRUE(ignores("a   ", "a"));
  EXPECT_TRUE(ignores("a\\ ", "a "));
  EXPECT_FALSE(ignores("a\\", "a\\"));
  EXPECT_FALSE(ignores("[a", "[a"));
  EXPECT_FALSE(ignores("/", "a", FileKind::directory));
}

TEST(IgnoreRulesTest, AHostilePatternTakesNoLongTime) {
  std::string pattern;
  for (int i = 0; i < 500; ++i) {
    pattern += "a*?*";
  }
  EXPECT_FALSE(ignores(pattern + "b", std::string(4000, 'a')));
}

TEST(IgnoreRulesTest, TheInnermostFileDecides) {
  const auto outer = std::make_shared<const IgnoreScope>(
      IgnoreScope{.outer = nullptr, .directory = "", .rules = IgnoreRules::parse("*.log\n*.tmp")});
  const IgnoreScope inner{.outer = outer, .directory = "a", .rules = IgnoreRules::parse("!/b.log")};
  EXPECT_FALSE(is_ignored(&inner, "a/b.log", FileKind::regular));
  EXPECT_TRUE(is_ignored(&inner, "a/c.log", FileKind::regular));
  EXPECT_TRUE(is_ignored(&inner, "a/b.tmp", FileKind::regular));
  EXPECT_FALSE(is_ignored(nullptr, "a/b.tmp", FileKind::regular));
}

// A repository of random names, some of them patterns themselves, and random ignore files.
class RandomRepository {
 public:
  RandomRepository(fs::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}

  void make() {
    git(root_, "init -q");
    fill("", 0);
    if (chance(2)) {
      EXPECT_TRUE(write_file_atomically(root_ / ".git/info/exclude", ignore_file()));
    }
    // Some files are tracked although they are ignored.
    std::string tracked;
    for (const std::string& path : files_) {
      if (chance(6)) {
        tracked += path + '\0';
      }
    }
    if (!tracked.empty()) {
      const TempDir aside = TempDir::create().value();
      EXPECT_TRUE(write_file_atomically(aside.path() / "paths", tracked));
      git(root_, "--literal-pathspecs add -f --pathspec-file-nul --pathspec-from-file='" +
                     (aside.path() / "paths").string() + "'");
    }
  }

 private:
  static constexpr std::array<std::string_view, 12> kNames{
      "a", "b", "ab", "abc", "foo", "bar", "fooz", "a b", "x.log", "y.tmp", "#a", "b]"};
  static constexpr std::array<std::string_view, 26> kPieces{
      "a",   "b",           "ab",  "foo", "bar",  "*",   "**",   "?",    "/",
      "/",   "**/",         "/**", "x",   ".log", "*.",  "[ab]", "[!a]", "[a-c]",
      "\\a", "[[:alpha:]]", "***", "o",   "[]b]", "\\/", "z",    "tmp"};

  bool chance(unsigned one_in) { return random_() % one_in == 0; }

  template <class List>
  std::string pick(const List& list) {
    return std::string(list[random_() % list.size()]);
  }

  std::string ignore_file() {
    std::string text;
    for (unsigned lines = random_() % 5 + 1; lines > 0; --lines) {
      text += chance(4) ? "!" : "";
      text += chance(5) ? "/" : "";
      for (unsigned pieces = random_() % 4 + 1; pieces > 0; --pieces) {
        text += pick(kPieces);
      }
      text += chance(4) ? "/" : "";
      text += chance(8) ? " " : "";
      text += chance(8) ? "\r\n" : "\n";
    }
    return text;
  }

  void fill(const std::string& directory, int depth) {
    fs::create_directories(root_ / directory);
    if (chance(2)) {
      EXPECT_TRUE(write_file_atomically(root_ / directory / ".gitignore", ignore_file()));
    }
    for (const std::string_view name : kNames) {
      const std::string path = directory + (directory.empty() ? "" : "/") + std::string(name);
      if (depth < 3 && chance(5)) {
        fill(path, depth + 1);
      } else if (chance(8)) {
        fs::create_symlink("a", root_ / path);
        files_.push_back(path);
      } else if (chance(2)) {
        EXPECT_TRUE(write_file_atomically(root_ / path, path));
        files_.push_back(path);
      }
    }
  }

  fs::path root_;
  std::mt19937 random_;
  std::vector<std::string> files_;
};

std::vector<std::string> default_inputs(const fs::path& root) {
  const auto scanner = InputScanner::create(root, {{.directory = "", .outputs = {}}},
                                            InputScanner::IgnoreFiles::read);
  EXPECT_TRUE(scanner);
  const auto index = FileIndex::load(root / ".velocity/files");
  const auto fd = open_file(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DirectoryListing listing;
  const auto selector = std::make_shared<const InputSelector>(InputSelector::default_inputs());
  const PackageInputs inputs = (*scanner)->scan(
      fd->get(), {.directory = "", .certain_files = {}, .selectors = {selector}}, *index, listing);
  EXPECT_TRUE(inputs.problems.empty());
  std::vector<std::string> paths;
  for (const InputId id : inputs.selected.at(0).files) {
    paths.emplace_back(inputs.table.path(id));
  }
  return paths;
}

class RandomRepositoryTest : public ::testing::TestWithParam<unsigned> {};

TEST_P(RandomRepositoryTest, DefaultInputsAreWhatGitLists) {
  const auto directory = TempDir::create();
  ASSERT_TRUE(directory);
  const fs::path root = directory->path();
  RandomRepository(root, GetParam()).make();
  auto expected = testing::split_zeros(git(root, "ls-files -z -co --exclude-standard"));
  std::ranges::sort(expected);
  EXPECT_EQ(default_inputs(root), expected)
      << "exclude: " << read_file(root / ".git/info/exclude").value_or("-")
      << "\n.gitignore: " << read_file(root / ".gitignore").value_or("-") << git(root, "ls-files");
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRepositoryTest, ::testing::Range(1U, 13U));

}  // namespace
}  // namespace vc::agent
