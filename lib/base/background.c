/* A thread that goes last, so that whoever answers a list finds a processor. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "base/background.h"
#include "base/clock.h"

enum {
	LATE_US = CLOCK_SECOND / 2, /* ten times what a hash takes */
	OVERLOADED_US = 10 * CLOCK_SECOND,
};

struct job {
	int (*work)(void *);
	void *arg;
	bool idle; /* only when nobody else wants to run */
	int result;
};

/*
 * The later half of the processors, the same ones in all programs of a host:
 * 40 ms of hashing are ten of the scheduler's ticks.
 */
static void
use_background_cpus(void)
{
	cpu_set_t set;
	int cpu, leave;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return;
	leave = CPU_COUNT(&set) / 2;
	for (cpu = 0; leave > 0; cpu++)
		if (CPU_ISSET(cpu, &set)) {
			CPU_CLR(cpu, &set);
			leave--;
		}
	/* Where that is forbidden it is as good as it was. */
	(void)sched_setaffinity(0, sizeof(set), &set);
}

static void *
run(void *arg)
{
	const struct sched_param none = { 0 };
	struct job *job = arg;

	use_background_cpus();
	if (job->idle)
		(void)sched_setscheduler(0, SCHED_IDLE, &none);
	job->result = job->work(job->arg);
	return NULL;
}

/*
 * The thread ends with its job, for there is no way back from SCHED_IDLE
 * without rights. After a job that took too long, those of the next seconds run
 * as anything else does: in an overload one can still log in.
 */
int
background_run(int (*work)(void *), void *arg)
{
	static _Atomic int64_t overloaded = -OVERLOADED_US;
	int64_t start = clock_boot();
	struct job job = { work, arg, start - overloaded >= OVERLOADED_US, -1 };
	pthread_t thread;

	if (pthread_create(&thread, NULL, run, &job) != 0)
		return -1;
	pthread_join(thread, NULL);
	if (job.idle && clock_boot() - start > LATE_US)
		overloaded = clock_boot();
	return job.result;
}
