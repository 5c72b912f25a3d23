// Services: what the endpoints work with, by reference: built once, in dependency order, in App.
#pragma once

#include "core/worker_pool.hpp"
#include "gateway/existence.hpp"
#include "gateway/lookups.hpp"
#include "gateway/negotiator.hpp"
#include "gateway/request_record.hpp"
#include "gateway/transfer_slots.hpp"
#include "gateway/vending.hpp"
#include "storage/driver.hpp"

namespace vc::gateway {

struct Services {
  storage::Driver& driver;
  Existence& existence;
  const Vending& vending;
  Lookups& lookups;
  Negotiator& negotiator;
  TransferSlots& slots;
  WorkerPool& disk;  // For work that blocks on the data plane's disk.
  Journal& journal;
};

}  // namespace vc::gateway
