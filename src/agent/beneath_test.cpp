#include "agent/beneath.hpp"

#include "agent/testing/tree.hpp"
#include "core/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace vc::agent {
namespace {

using testing::UnorderedElementsAre;

struct BeneathTest : testing::Test {
  TempDir temp = TempDir::create().value();
  UniqueFd root = open_file(temp.path(), O_RDONLY | O_DIRECTORY).value();

  std::string content(std::string_view path) {
    const auto fd = open_beneath(root.get(), path, O_RDONLY);
    if (!fd) {
      return fd.error().code == Errc::not_found ? "not found" : fd.error().message;
    }
    std::string text(100, '\0');
    text.resize(read_up_to(fd->get(), std::as_writable_bytes(std::span(text))).value());
    return text;
  }

  void write_fixture() {
    write_tree(temp.path(), {{"a/b/c", file("c")},
                             {"a/inside", link("b")},
                             {"a/outside", link("/etc")},
                             {"a/up", link("../a/b")},
                             {"a/to-file", link("b/c")}});
  }

  void expect_links_are_not_followed() {
    EXPECT_EQ(content("a/b/c"), "c");
    EXPECT_EQ(content("a/inside/c"), "not found");
    EXPECT_EQ(content("a/outside/passwd"), "not found");
    EXPECT_EQ(content("a/up/c"), "not found");
    EXPECT_EQ(content("a/to-file"), "not found");
    EXPECT_EQ(content("a/b/c/d"), "not found");
    EXPECT_EQ(content("a/x/c"), "not found");
    EXPECT_EQ(content("x"), "not found");
  }
};

TEST_F(BeneathTest, NoComponentMayBeALink) {
  write_fixture();
  expect_links_are_not_followed();
}

// Forbids openat2 to this process, as an old kernel or a sandbox does.
bool forbid_openat2(unsigned error_number) {
  std::array<sock_filter, 4> program{{
      {BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(seccomp_data, nr)},
      {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat2},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error_number},
      {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
  }};
  const sock_fprog filter{.len = program.size(), .filter = program.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

TEST_F(BeneathTest, TheSameHoldsWhereOpenat2IsNotAllowed) {
  write_fixture();
  constexpr int kNoSeccomp = 2;
  for (const int error_number : {ENOSYS, EPERM}) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    if (child == 0) {
      if (!forbid_openat2(static_cast<unsigned>(error_number))) {
        ::_exit(kNoSeccomp);
      }
      expect_links_are_not_followed();
      std::fflush(nullptr);
      ::_exit(HasFailure() ? 1 : 0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == kNoSeccomp) {
      GTEST_SKIP() << "needs seccomp";
    }
    EXPECT_EQ(status, 0);
  }
}

TEST_F(BeneathTest, ACursorMakesWhatIsMissing) {
  DirectoryCursor cursor(root.get(), DirectoryCursor::Missing::create);
  for (const char* path : {"top", "a/b/c/file", "a/b/file", "a/b-c/file", "a/bc/file", "z/file"}) {
    const auto parent = cursor.parent_of(path);
    ASSERT_TRUE(parent) << path;
    const std::string name(std::string_view(path).substr(std::string_view(path).rfind('/') + 1));
    const UniqueFd fd(::openat(*parent, name.c_str(), O_CREAT | O_EXCL | O_WRONLY, 0644));
    EXPECT_TRUE(fd.valid()) << path;
  }
  EXPECT_EQ(read_tree(temp.path()), (Tree{{"top", file("")},
                                          {"a/b/c/file", file("")},
                                          {"a/b/file", file("")},
                                          {"a/b-c/file", file("")},
                                          {"a/bc/file", file("")},
                                          {"z/file", file("")}}));
}

TEST_F(BeneathTest, ACursorDoesNotGoThroughALink) {
  write_tree(temp.path(), {{"real/x", file("")}, {"l", link("real")}});
  for (const auto missing : {DirectoryCursor::Missing::fail, DirectoryCursor::Missing::create}) {
    DirectoryCursor cursor(root.get(), missing);
    EXPECT_EQ(cursor.parent_of("l/x").error().code, Errc::not_found);
    EXPECT_TRUE(cursor.parent_of("real/x"));
  }
}

TEST_F(BeneathTest, ACursorOpensADirectoryOnceForAllItsFiles) {
  write_tree(temp.path(), {{"a/b/x", file("")}});
  DirectoryCursor cursor(root.get(), DirectoryCursor::Missing::fail);
  const int first = cursor.parent_of("a/b/x").value();
  EXPECT_EQ(cursor.parent_of("a/b/y").value(), first);
  EXPECT_EQ(cursor.parent_of("x").value(), root.get());
}

TEST_F(BeneathTest, AListingHasEverythingWithItsKindHoweverLong) {
  Tree tree{{"f", file("")}, {"l", link("f")}, {"p", {.kind = Node::Kind::other, .text = {}}}};
  write_tree(temp.path(), tree);
  fs::create_directory(temp.path() / "d");
  std::vector<std::pair<std::string, FileKind>> listed;
  for (const auto& entry : list_directory(root.get()).value()) {
    listed.emplace_back(entry.name, entry.kind);
  }
  EXPECT_THAT(listed, UnorderedElementsAre(
                          std::pair("f", FileKind::regular), std::pair("l", FileKind::symlink),
                          std::pair("p", FileKind::other), std::pair("d", FileKind::directory)));
  const std::string name(200, 'n');
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(open_file(temp.path() / (name + std::to_string(i)), O_CREAT | O_WRONLY));
  }
  EXPECT_EQ(list_directory(root.get())->size(), 504U);
  EXPECT_EQ(list_directory(root.get())->size(), 504U) << "it begins at the beginning";
}

TEST_F(BeneathTest, RemovingATreeRemovesLinksNotWhatTheyPointTo) {
  write_tree(temp.path(), {{"keep/x", file("kept")},
                           {"tree/a/b", file("")},
                           {"tree/l", link("../keep")},
                           {"tree/e", directory()}});
  ::chmod((temp.path() / "tree/a").c_str(), 0555);
  ASSERT_TRUE(remove_tree(root.get(), "tree"));
  ASSERT_TRUE(remove_tree(root.get(), "tree")) << "absent is success";
  EXPECT_EQ(read_tree(temp.path()), (Tree{{"keep/x", file("kept")}}));
}

}  // namespace
}  // namespace vc::agent
