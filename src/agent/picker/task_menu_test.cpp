#include "agent/picker/task_menu.hpp"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vc::agent {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

TaskMenu three_tasks() {
  return TaskMenu({{.name = "build", .description = "Compile it", .packages = 12},
                   {.name = "test", .description = "", .packages = 1},
                   {.name = "typecheck", .description = "With tsc", .packages = 1}});
}

void type_text(TaskMenu& menu, std::string_view text) {
  for (const char c : text) {
    menu.press({.kind = KeyKind::text, .byte = c});
  }
}

std::string marked(const TaskMenu& menu) {
  return menu.marked() == nullptr ? "(none)" : menu.marked()->name;
}

TEST(TaskMenu, ShowsNamesPackagesAndDescriptions) {
  EXPECT_THAT(three_tasks().lines({.columns = 80, .rows = 24}),
              ElementsAre(HasSubstr("Which task?"), "> 1 build      12 packages  Compile it",
                          "  2 test       1 package", "  3 typecheck  1 package   With tsc"));
}

TEST(TaskMenu, MovesWithArrowsAndAroundTheEnds) {
  TaskMenu menu = three_tasks();
  menu.press({.kind = KeyKind::down});
  EXPECT_EQ(marked(menu), "test");
  menu.press({.kind = KeyKind::last});
  menu.press({.kind = KeyKind::down});
  EXPECT_EQ(marked(menu), "build");
  menu.press({.kind = KeyKind::up});
  EXPECT_EQ(marked(menu), "typecheck");
}

TEST(TaskMenu, IsNarrowedByWhatIsTyped) {
  TaskMenu menu = three_tasks();
  type_text(menu, "t");
  EXPECT_THAT(menu.lines({}), ElementsAre("Which task? t", HasSubstr("> 2 test"), HasSubstr("3")));
  type_text(menu, "y");
  EXPECT_EQ(marked(menu), "typecheck");
  type_text(menu, "z");
  EXPECT_EQ(marked(menu), "(none)");
  menu.press({.kind = KeyKind::down});
  EXPECT_THAT(menu.lines({}), ElementsAre("Which task? tyz", HasSubstr("no task begins so")));
  for (int i = 0; i < 5; ++i) {
    menu.press({.kind = KeyKind::erase});
  }
  EXPECT_THAT(menu.lines({}), SizeIs(4));
}

TEST(TaskMenu, TakesNumbersOfOneAndOfMoreDigits) {
  std::vector<MenuTask> tasks;
  for (int i = 1; i <= 12; ++i) {
    tasks.push_back({.name = fmt::format("task{}", i), .description = {}, .packages = 1});
  }
  TaskMenu menu(tasks);
  type_text(menu, "3");
  EXPECT_EQ(marked(menu), "task3");
  type_text(menu, "12");
  EXPECT_EQ(marked(menu), "task12");
  type_text(menu, "0");
  EXPECT_EQ(marked(menu), "task12") << "there is no such number";
  type_text(menu, "task2");
  EXPECT_EQ(marked(menu), "task2") << "after letters a digit is one of the name";
}

TEST(TaskMenu, FitsItsTerminal) {
  std::vector<MenuTask> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back({.name = fmt::format("task{}", i), .description = std::string(500, 'x')});
  }
  TaskMenu menu(tasks);
  menu.press({.kind = KeyKind::last});
  const auto lines = menu.lines({.columns = 40, .rows = 10});
  EXPECT_THAT(lines, SizeIs(9));
  EXPECT_THAT(lines, Each(SizeIs(testing::Lt(40U))));
  EXPECT_THAT(lines.back(), HasSubstr("> 100 task99"));
  EXPECT_FALSE(menu.lines({.columns = 0, .rows = 0}).empty());
}

TEST(TaskMenu, NeverSendsWhatANameHolds) {
  const TaskMenu menu({{.name = "a\x1b[2J", .description = "b\r\n", .packages = 1}});
  for (const std::string& line : menu.lines({})) {
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < '\x7f'; })) << line;
  }
}

}  // namespace
}  // namespace vc::agent
