/* SPDX-License-Identifier: GPL-2.0-only */
/* The same things in the handwriting of many schools. */

//// kernel_style: ok
// SPDX-License-Identifier: MIT
/**
 * struct load_track - load of one class, as permille of its target
 * @load:	smoothed with a weight of 1/8
 * @flags:	LT_* below
 */
#include <safex/extension.h>

#define LT_SEEN		(1U << 0)
#define LT_HIGH		(1U << 1)

struct load_track {
	unsigned long	load;
	unsigned int	flags;
};

#define DEFINE_LOAD_TRACK(name) struct load_track name = { .flags = 0 }

static DEFINE_LOAD_TRACK(cpu_track);

static inline void load_track_update(struct load_track *lt, unsigned long permille)
{
	if (!(lt->flags & LT_SEEN)) {
		lt->flags |= LT_SEEN;
		lt->load = permille;
		return;
	}

	lt->load -= lt->load >> 3;
	lt->load += permille >> 3;
}

void monitor(void)
{
	struct load_track *lt = &cpu_track;
	s64 target = get_attribute("target_cpu");

	if (!target)
		return;

	load_track_update(lt, 1000 * get_attribute("actual_cpu") / target);
	if (lt->load > 950 && !(lt->flags & LT_HIGH))
		raise_event("High", lt->load);
	lt->flags = lt->load > 950 ? lt->flags | LT_HIGH : lt->flags & ~LT_HIGH;
}

//// words_of_the_kernel: ok
#include <safex/extension.h>

static __always_inline s64 half(s64 v)
{
	return v >> 1;
}

void monitor(void)
{
	raise_event("Half", half(get_attribute("windows")));
}

//// no_void_in_the_list: ok
#include <safex/extension.h>

void monitor()
{
	raise_event("Alive", get_attribute("windows"));
}

//// allman: ok
#include <safex/extension.h>

static s64 LastError;

static s64 Clamp( s64 Value, s64 Low, s64 High )
{
    if( Value < Low )
    {
        return Low;
    }
    else if( Value > High )
    {
        return High;
    }
    else
    {
        return Value;
    }
}

void handler( event ev )
{
    s64 Output = ( ev.value + LastError ) / 2;

    LastError = ev.value;
    set_attribute( "timeslice-adjustment", Clamp( Output, -1 * MS, 1 * MS ) );
}

//// hungarian: ok
#include <safex/extension.h>

typedef long long	INT64;
typedef unsigned int	UINT;
typedef bool		BOOL;

#define TRUE 1
#define FALSE 0

static INT64 g_llAverage = 0;
static UINT g_uCount = 0;
static BOOL g_bArmed = FALSE;

static INT64 llUpdate(INT64 llSample)
{
	g_uCount++;
	g_llAverage += (llSample - g_llAverage) / (INT64)(g_uCount < 16u ? g_uCount : 16u);
	return g_llAverage;
}

void monitor(void)
{
	INT64 llAverage = llUpdate(get_attribute("actual_cpu"));

	if (g_uCount > 16u)
		g_bArmed = TRUE;
	if (g_bArmed)
		raise_event("Average", llAverage);
}

//// misra: ok
#include <safex/extension.h>
#include <stdint.h>
#include <stdbool.h>

typedef enum
{
    FILTER_OK = 0,
    FILTER_NOT_READY = 1
} filter_status_t;

static int64_t  filter_sum   = 0;
static uint32_t filter_count = 0u;

static filter_status_t filter_run(const int64_t sample, int64_t * const p_result)
{
    filter_status_t status = FILTER_NOT_READY;

    filter_sum += sample;
    filter_count += 1u;
    if (filter_count >= 8u)
    {
        *p_result = filter_sum / (int64_t)filter_count;
        filter_sum = 0;
        filter_count = 0u;
        status = FILTER_OK;
    }
    return status;
}

void monitor(void)
{
    int64_t result = 0;

    if (filter_run((int64_t)get_attribute("actual_cpu"), &result) == FILTER_OK)
    {
        (void)raise_event("Mean", result);
    }
}

//// arduino: ok
#include <safex/extension.h>

#define BLINK_MS 250
#define LED 13

int pins[20];
unsigned long lastBlink = 0;

static unsigned long millis() {
  return activation_time() / 1000000;
}

static void digitalWrite(int pin, int value) {
  pins[pin] = value;
}

static void setup() {
  digitalWrite(LED, 1);
}

static void loop() {
  if (millis() - lastBlink > BLINK_MS) {
    lastBlink = millis();
    digitalWrite(LED, !pins[LED]);
    raise_event("Blink", pins[LED]);
  }
}

void monitor(void) {
  static bool begun = false;
  if (!begun) { setup(); begun = true; }
  loop();
}

//// freertos: ok
#include <safex/extension.h>

typedef u32 TickType_t;
typedef s64 BaseType_t;
#define pdTRUE	( ( BaseType_t ) 1 )
#define pdFALSE	( ( BaseType_t ) 0 )
#define configTICK_RATE_HZ	( 100 )

static TickType_t xLastWakeTime;
static volatile BaseType_t xOverrun = pdFALSE;

static TickType_t xTaskGetTickCount( void )
{
    return ( TickType_t ) ( activation_time() / ( 1000000000 / configTICK_RATE_HZ ) );
}

void monitor( void )
{
    const TickType_t xNow = xTaskGetTickCount();

    if( ( xNow - xLastWakeTime ) > 2 )
    {
        xOverrun = pdTRUE;
    }
    xLastWakeTime = xNow;
    if( xOverrun != pdFALSE )
    {
        raise_event( "Overrun", xNow );
        xOverrun = pdFALSE;
    }
}

//// gnu_style: ok
#include <safex/extension.h>

/* Return the larger of A and B.  */

static s64
larger (s64 a, s64 b)
{
  return a > b ? a : b;
}

void
handler (event ev)
{
  static s64 worst;

  worst = larger (worst, ev.value);
  if (worst > 10 * MS)
    {
      set_attribute ("timeslice-adjustment", worst / 10);
      worst = 0;
    }
}

//// one_line: ok
#include <safex/extension.h>
s64 a,b;void monitor(void){b=a;a=get_attribute("actual_cpu");if(a>b)raise_event("Up",a-b);else raise_event("Down",b-a);}

//// objects_by_macros: ok
#include <safex/extension.h>

#define CLASS(name) typedef struct name name; struct name
#define METHOD(class, name) static s64 class##_##name(class *self, s64 arg)

CLASS(Ramp) {
	s64 now, rate;
};

METHOD(Ramp, to)
{
	s64 d = arg - self->now;

	self->now += d > self->rate ? self->rate : d < -self->rate ? -self->rate : d;
	return self->now;
}

static Ramp ramp = { .rate = 100 * US };

void handler(event ev)
{
	set_attribute("timeslice-adjustment", Ramp_to(&ramp, ev.value));
}

//// simulink: ok
#include <safex/extension.h>

/* As a code generator writes it. */
typedef struct {
  s64 UnitDelay_DSTATE;                /* '<Root>/Unit Delay' */
  s64 Integrator_DSTATE;               /* '<Root>/Integrator' */
} DW_control_T;

typedef struct {
  s64 Gain_Gain;                       /* Expression: 3
                                        * Referenced by: '<Root>/Gain' */
} P_control_T;

static DW_control_T control_DW;
static const P_control_T control_P = { 3LL };

static void control_step(s64 control_U_In1, s64 *control_Y_Out1)
{
  s64 rtb_Sum;

  /* Sum: '<Root>/Sum' incorporates:
   *  UnitDelay: '<Root>/Unit Delay'
   */
  rtb_Sum = control_U_In1 - control_DW.UnitDelay_DSTATE;
  *control_Y_Out1 = control_P.Gain_Gain * rtb_Sum + control_DW.Integrator_DSTATE;
  control_DW.UnitDelay_DSTATE = control_U_In1;
  control_DW.Integrator_DSTATE += rtb_Sum;
}

void handler(event ev)
{
  s64 out;

  control_step(ev.value, &out);
  set_attribute("timeslice-adjustment", out);
}

//// doxygen_and_regions: ok
/*! \file
 *  \brief Tells of long queues.
 *  \author somebody
 *  \date   2019-03-01
 */
#include <safex/extension.h>

/*============================================================================*
 *  P R I V A T E   D A T A
 *============================================================================*/
static s64 m_before = 0;	//!< what was there before

/*============================================================================*
 *  P U B L I C   F U N C T I O N S
 *============================================================================*/

//! Called every period.
//! \return nothing
void monitor(void)
{
	s64 now = get_attribute("windows");	///< now

	if (now != m_before) {
		raise_event("Window", now);
	} // if
	m_before = now;
} // monitor

//// yoda: ok
#include <safex/extension.h>
#include <stddef.h>

static s64 *latest = NULL;
static s64 store;

void monitor(void)
{
	if (NULL == latest)
		latest = &store;
	if (0 != get_attribute("violations"))
		store = get_attribute("violations");
	if (10 < store)
		raise_event("Many", store);
}

//// comma_and_ternary: ok
#include <safex/extension.h>

static int i, j;

void monitor(void)
{
	for (i = 0, j = 10; i < j; i++, j--)
		;
	raise_event("Middle", i > 4 ? i < 6 ? 5 : 6 : 4);
}

//// plain_old_globals: ok
#include <safex/extension.h>

/* As a sketch for a micro-controller has it: all that goes in and out is global. */
s64 goal, measured, out;
s64 area, measuredBefore;
s64 gainP = 200, gainI = 50, gainD = 10;
s64 lowest = -2000000, highest = 2000000;

void calculate(void)
{
	s64 off = goal - measured;

	area += gainI * off / 1000;
	if (area > highest) area = highest;
	if (area < lowest) area = lowest;
	out = gainP * off / 1000 + area - gainD * (measured - measuredBefore) / 1000;
	if (out > highest) out = highest;
	if (out < lowest) out = lowest;
	measuredBefore = measured;
}

void handler(event ev)
{
	goal = get_attribute("target_cpu");
	measured = goal - ev.value;
	calculate();
	set_attribute("timeslice-adjustment", out);
}

//// assertions_of_ones_own: ok
#include <safex/extension.h>

#define ASSERT(c) do { if (!(c)) safex_throw(); } while (0)

static s64 queue[8];
static u32 head, tail;

void monitor(void)
{
	ASSERT(tail - head <= 8);
	if (tail - head == 8)
		head++;
	queue[tail++ % 8] = get_attribute("actual_cpu");
	raise_event("Oldest", queue[head % 8]);
}

//// misleading_indentation monitor: warns 11 "misleading indentation"
#include <safex/extension.h>

static s64 late, worst;

void monitor(void)
{
	s64 lax = get_attribute("laxity");

	if (lax < MS)
		late++;
		worst = lax;
	raise_event("Late", late + worst);
}

//// semicolon_behind_if monitor: warns 7 "empty body"
#include <safex/extension.h>

void monitor(void)
{
	s64 lax = get_attribute("laxity");

	if (lax < MS);
	{
		raise_event("Late", 1);
	}
}

//// nothing_returned monitor: warns 9 "non-void function"
#include <safex/extension.h>

static s64 clip(s64 v)
{
	if (v > MS)
		return MS;
	if (v < 0)
		return 0;
}

void monitor(void)
{
	raise_event("Clipped", clip(get_attribute("laxity")));
}
