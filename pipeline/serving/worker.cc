#include "pipeline/serving/worker.h"

#include <algorithm>

namespace scorefem::serving {

void Worker::run(const std::function<void()>& work) {
  const auto task = std::make_shared<Task>();
  task->work = work;
  std::unique_lock<std::mutex> lock(mutex_);
  if (closed_) throw Busy("the server is ending");
  tasks_.push_back(task);
  asked_.notify_one();
  const bool in_time =
      done_.wait_for(lock, std::chrono::duration<double>(patience_), [&] { return task->done; });
  if (!in_time && !task->begun) {
    tasks_.erase(std::find(tasks_.begin(), tasks_.end(), task));
    throw Busy("the server is busy with other requests");
  }
  // It refers to what lives on this thread's stack: its end is awaited in any case.
  if (!in_time) done_.wait(lock, [&] { return task->done; });
  if (task->error) std::rethrow_exception(task->error);
}

void Worker::work_until(const std::function<bool()>& stop) {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop()) {
    if (!asked_.wait_for(lock, std::chrono::milliseconds(100), [&] { return !tasks_.empty(); })) continue;
    const std::shared_ptr<Task> task = tasks_.front();
    tasks_.pop_front();
    task->begun = true;
    lock.unlock();
    try {
      task->work();
    } catch (...) {
      task->error = std::current_exception();
    }
    lock.lock();
    task->done = true;
    done_.notify_all();
  }
  closed_ = true;
  for (const auto& task : tasks_) {
    task->error = std::make_exception_ptr(Busy("the server is ending"));
    task->done = true;
  }
  tasks_.clear();
  done_.notify_all();
}

}  // namespace scorefem::serving
