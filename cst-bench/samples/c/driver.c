/* A driver as it stands while it is being edited: macros that are no statements, and a few typos. */

#include "driver.h"

DRIVER_BEGIN_DECLS

DECLARE_RING(events, struct event *, 64)
DECLARE_RING(errors, int, 8);

static const struct option options[] = {
    {"verbose", no_argument, NULL, 'v'},
    {"rate", required_argument, NULL, 'r'},
    {0},
};

#ifdef CONFIG_DMA
static int start(struct device *dev, dma_addr_t at)
{
	if (at & 0x3f) {
#else
static int start(struct device *dev)
{
	if (!dev) {
#endif
		return -EINVAL;
	}
	dev->started = true;
	return 0;
}

static inline __attribute__((always_inline)) u32 read_reg(const struct device *dev, u16 reg)
{
	return le32_to_cpu(*(volatile u32 __iomem *)(dev->base + reg));
}

static void drain(struct device *dev)
{
	struct event *event, *next;

	list_for_each_entry_safe(event, next, &dev->pending, link) {
		list_del(&event->link);
		if (event->flags & EVENT_DEAD)
			continue;
		events_push(&dev->events, event);
	}
	for_each_set_bit(bit, dev->mask, 32)
		write_reg(dev, REG_ACK, BIT(bit));
}

irqreturn_t on_interrupt(int irq, void *data)
{
	struct device *dev = data;
	u32 status = read_reg(dev, REG_STATUS);

	if (likely(status & STATUS_READY) {
		drain(dev);
		return IRQ_HANDLED;
	}
	switch (status >> 28) {
	case 0x0 ... 0x3:
		dev->errors++;
		break;
	case 0x4:
		pr_warn("%s: late by %u" PRI_UNIT "\n", dev->name, status & 0xff);
		break
	default:
		return IRQ_NONE;
	}
	return IRQ_HANDLED;
}

static int set_rate(struct device *dev, unsigned int hz)
{
	unsigned int div = DIV_ROUND_UP(dev->clock, hz);
	int ret;

	if (div == 0 || div > 0xffff)
		return -ERANGE;
	ret = start(dev, );
	if (ret < 0)
		goto fail;
	write_reg(dev, REG_DIV, div |);
	return 0;

fail:
	pr_err("rate %u: %d\n", hz, ret);
	return ret;
}

int probe(struct platform *platform)
{
	struct device *dev __free(kfree) = kzalloc(sizeof(*dev), GFP_KERNEL);
	if (!dev)
		return -ENOMEM;
	*dev = (struct device) { .name = platform->name, .clock = 24 * 1000 * 1000, .mask[0] = ~0UL };
	scoped_guard(mutex, &platform->lock) {
		list_add_tail(&dev->link, &platform->devices);
	}
	if (request_irq(platform->irq, on_interrupt, 0, dev->name, dev) != 0
		return -EBUSY;
	return set_rate(dev, 50 * KILO);
}

static struct driver the_driver = {
	.probe = probe,
	.name = "sample",
	.pm = pm_ptr(&the_pm_ops)
	.flags = DRIVER_ASYNC,
};

MODULE_DRIVER(the_driver)
MODULE_LICENSE("MIT")

DRIVER_END_DECLS
