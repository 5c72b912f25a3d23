// TaskMenu: the tasks to choose from, what has been typed, and which one is marked. Pure.
//
//   Which task? Type its first letters or its number, or move with the arrows; Enter runs it.
//   > 1 build  4 packages  Compile what is in src
//     2 test   2 packages
#pragma once

#include "agent/picker/keys.hpp"
#include "agent/progress/live_area.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace vc::agent {

struct MenuTask {
  std::string name;
  std::string description;
  std::size_t packages = 0;  // That have it.
};

class TaskMenu {
 public:
  // `tasks` is not empty.
  explicit TaskMenu(std::vector<MenuTask> tasks);

  // Keys that move the mark or change what is typed; the others are not its business.
  void press(Key key);

  // nullptr: nothing begins with what is typed.
  const MenuTask* marked() const;
  // Each narrower than the terminal, and fewer than its rows. Names are made printable.
  std::vector<std::string> lines(TerminalSize size) const;

 private:
  void type(char byte);
  void type_digit(std::size_t digit);
  void move_to(std::size_t row);
  void match();
  std::string row_text(std::size_t row) const;

  std::vector<MenuTask> tasks_;
  std::string typed_;
  std::size_t number_ = 0;            // Of the digits typed last.
  std::vector<std::size_t> matches_;  // Indices into tasks_.
  std::size_t mark_ = 0;              // Index into matches_.
};

}  // namespace vc::agent
