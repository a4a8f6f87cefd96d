// The API's interactive description: requests are sent with the session of whoever reads it.
addEventListener("load", () => {
  const page = document.getElementById("docs");
  SwaggerUIBundle({
    url: page.dataset.description,
    domNode: page,
    deepLinking: true,
    validatorUrl: null,
    requestInterceptor: (request) => {
      request.headers["X-CSRF-Token"] = page.dataset.csrf;
      return request;
    },
  });
});
