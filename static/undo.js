// Undo is offered until its deadline (data-until, epoch milliseconds), then the offer goes away by itself.
setInterval(() => {
  for (const offer of document.querySelectorAll("[data-until]")) if (Date.now() > Number(offer.dataset.until)) offer.remove();
}, 1000);
