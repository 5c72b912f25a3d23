#include "storage/staged_file.hpp"

#include "core/files.hpp"
#include "core/temp_dir.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>

namespace vc::storage {
namespace {

// Both kinds keep the same promises; the second is for file systems without O_TMPFILE.
class StagedFileTest : public testing::TestWithParam<Staging> {
 protected:
  Result<StagedFile> staged(std::string_view content) {
    VC_TRY(StagedFile file, StagedFile::create(fd_.get(), GetParam()));
    VC_CHECK(write_all(file.fd(), as_bytes(content)));
    return file;
  }

  std::size_t entries() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(directory_.path()), {}));
  }

  TempDir directory_ = *TempDir::create();
  UniqueFd fd_ = *open_file(directory_.path(), O_RDONLY | O_DIRECTORY);
};

TEST_P(StagedFileTest, IsGoneWhenItWasNotLinked) {
  {
    const auto file = staged("half");
    ASSERT_TRUE(file) << file.error().message;
  }
  EXPECT_EQ(entries(), 0U);
}

TEST_P(StagedFileTest, LinksOnceAndNeverOverAnother) {
  {
    const auto first = staged("first");
    const auto second = staged("second");
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    EXPECT_EQ(*first->link_to(fd_.get(), "name"), Stored::created);
    EXPECT_EQ(*second->link_to(fd_.get(), "name"), Stored::exists);
  }
  EXPECT_EQ(*read_file(directory_.path() / "name"), "first");
  EXPECT_EQ(entries(), 1U);
}

TEST_P(StagedFileTest, ReplacesInOneStep) {
  {
    const auto first = staged("first");
    auto second = staged("second");
    ASSERT_TRUE(first);
    ASSERT_TRUE(second);
    ASSERT_TRUE(first->link_to(fd_.get(), "name"));
    EXPECT_TRUE(second->replace(fd_.get(), "name"));
  }
  EXPECT_EQ(*read_file(directory_.path() / "name"), "second");
  EXPECT_EQ(entries(), 1U);
}

TEST_P(StagedFileTest, LinkingIntoADirectoryThatIsGoneSaysSo) {
  const fs::path gone = directory_.path() / "gone";
  fs::create_directory(gone);
  const UniqueFd target = *open_file(gone, O_RDONLY | O_DIRECTORY);
  fs::remove(gone);
  const auto file = staged("x");
  ASSERT_TRUE(file);
  const auto linked = file->link_to(target.get(), "name");
  ASSERT_FALSE(linked);
  EXPECT_EQ(linked.error().code, Errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(Kinds, StagedFileTest, testing::Values(Staging::unnamed, Staging::named),
                         [](const auto& info) {
                           return info.param == Staging::unnamed ? "Unnamed" : "Named";
                         });

TEST(ProbeStagingTest, LeavesNothingBehind) {
  const TempDir directory = *TempDir::create();
  const UniqueFd fd = *open_file(directory.path(), O_RDONLY | O_DIRECTORY);
  EXPECT_TRUE(probe_staging(fd.get()));
  EXPECT_TRUE(fs::is_empty(directory.path()));
}

// /proc has neither unnamed files nor links, like the file systems the probe is there for.
TEST(ProbeStagingTest, AFileSystemWithoutLinksIsRefused) {
  const UniqueFd fd = *open_file("/proc", O_RDONLY | O_DIRECTORY);
  const auto staging = probe_staging(fd.get());
  ASSERT_FALSE(staging);
  EXPECT_NE(staging.error().message.find("link"), std::string::npos);
}

}  // namespace
}  // namespace vc::storage
