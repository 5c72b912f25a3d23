// TransferSlots: how many artifacts may be on the move through the gateway at once.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>

namespace vc::gateway {

class TransferSlots {
 public:
  // Occupied until the last copy is gone.
  using Slot = std::shared_ptr<void>;

  explicit TransferSlots(std::size_t max) : max_(max) {}

  // nullptr when all are taken.
  Slot take() {
    if (taken_->fetch_add(1) >= max_) {
      taken_->fetch_sub(1);
      return nullptr;
    }
    // The counter outlives the gateway where a reply does.
    return {taken_.get(), [taken = taken_](void*) { taken->fetch_sub(1); }};
  }

  std::size_t taken() const { return taken_->load(); }

  std::size_t max() const { return max_; }

 private:
  std::size_t max_;
  std::shared_ptr<std::atomic<std::size_t>> taken_ = std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace vc::gateway
