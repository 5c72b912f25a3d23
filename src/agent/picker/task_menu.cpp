#include "agent/picker/task_menu.hpp"

#include "agent/output_path.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace vc::agent {

namespace {

constexpr std::size_t kDecimal = 10;
constexpr std::size_t kTypedBytesMax = 256;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

}  // namespace

TaskMenu::TaskMenu(std::vector<MenuTask> tasks) : tasks_(std::move(tasks)) {
  match();
}

void TaskMenu::press(Key key) {
  const std::size_t last = matches_.empty() ? 0 : matches_.size() - 1;
  switch (key.kind) {
    case KeyKind::up:
      return move_to(mark_ == 0 ? last : mark_ - 1);
    case KeyKind::down:
      return move_to(mark_ == last ? 0 : mark_ + 1);
    case KeyKind::first:
      return move_to(0);
    case KeyKind::last:
      return move_to(last);
    case KeyKind::erase:
      if (!typed_.empty()) {
        typed_.pop_back();
        match();
      }
      return;
    case KeyKind::text:
      return type(key.byte);
    case KeyKind::enter:
    case KeyKind::escape:
    case KeyKind::interrupt:
      return;
  }
}

const MenuTask* TaskMenu::marked() const {
  return matches_.empty() ? nullptr : &tasks_[matches_[mark_]];
}

void TaskMenu::move_to(std::size_t row) {
  mark_ = row;
  number_ = 0;
}

// Digits are numbers of rows until letters are typed; a name may have digits further on.
void TaskMenu::type(char byte) {
  if (typed_.empty() && is_digit(byte)) {
    return type_digit(static_cast<std::size_t>(byte - '0'));
  }
  if (typed_.size() < kTypedBytesMax) {
    typed_ += byte;
    match();
  }
}

// "1", then "2", is 12 where there are so many, else 2.
void TaskMenu::type_digit(std::size_t digit) {
  std::size_t number = number_ * kDecimal + digit;
  if (number > tasks_.size()) {
    number = digit;
  }
  if (number >= 1 && number <= tasks_.size()) {
    move_to(number - 1);
    number_ = number;
  }
}

void TaskMenu::match() {
  matches_.clear();
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (tasks_[i].name.starts_with(typed_)) {
      matches_.push_back(i);
    }
  }
  move_to(0);
}

std::string TaskMenu::row_text(std::size_t row) const {
  std::size_t width = 0;
  for (const MenuTask& task : tasks_) {
    width = std::max(width, printable(task.name).size());
  }
  const std::size_t index = matches_[row];
  const MenuTask& task = tasks_[index];
  const std::size_t digits = std::to_string(tasks_.size()).size();
  return fmt::format("{} {:>{}} {:<{}}  {} package{}{}{}", row == mark_ ? '>' : ' ', index + 1,
                     digits, printable(task.name), width, task.packages,
                     task.packages == 1 ? "" : "s",
                     task.description.empty() ? "" : (task.packages == 1 ? "   " : "  "),
                     printable(task.description));
}

std::vector<std::string> TaskMenu::lines(TerminalSize size) const {
  std::vector<std::string> out;
  out.push_back(typed_.empty()
                    ? "Which task? Its first letters, its number or the arrows; Enter runs it, "
                      "Esc leaves."
                    : fmt::format("Which task? {}", printable(typed_)));
  if (matches_.empty()) {
    out.emplace_back("  no task begins so; Backspace takes a letter back");
  }
  // The header, and the line on which the cursor was, stay in sight; and always one row.
  const std::size_t room = size.rows > 3 ? size.rows - 2 : 1;
  const std::size_t shown = std::min(matches_.size(), room);
  const std::size_t begin = mark_ < shown ? 0 : mark_ - shown + 1;
  for (std::size_t row = begin; row < begin + shown; ++row) {
    out.push_back(row_text(row));
  }
  for (std::string& line : out) {
    line = fitted_line(std::move(line), size.columns);
  }
  return out;
}

}  // namespace vc::agent
